/** RMSProp on OpenCL devices, through JOCL; the only package that names it. */
package dev.rootmean.opencl;
