/** What the command line computes on OpenCL devices by itself, beside the backend's steps. */
package dev.rootmean.cli.train.opencl;
