/** Rootmean for libtorch, the C++ library of PyTorch, as bytedeco binds it. */
package dev.rootmean.pytorch;
