package dev.rootmean.spark;

import dev.rootmean.RmsProp;
import java.io.Serializable;
import java.util.List;

/**
 * What a step is taken by.
 *
 * @param rules of the groups, at the learning rate of the step
 * @param decided what the policy has come to, where it has measured; else null
 */
record StepSettings(List<Sent<RmsProp>> rules, Measured decided) implements Serializable {}
