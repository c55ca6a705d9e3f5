/** RMSProp on NVIDIA GPUs, through JCuda; the only package that names it. */
package dev.rootmean.cuda;
