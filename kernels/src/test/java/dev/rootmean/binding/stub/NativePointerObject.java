package dev.rootmean.binding.stub;

/** What each binding has beside its {@link LibUtils}. */
public class NativePointerObject {}
