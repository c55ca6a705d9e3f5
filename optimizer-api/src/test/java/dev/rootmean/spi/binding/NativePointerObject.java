package dev.rootmean.spi.binding;

/** What each binding has beside its {@link LibUtils}. */
public class NativePointerObject {}
