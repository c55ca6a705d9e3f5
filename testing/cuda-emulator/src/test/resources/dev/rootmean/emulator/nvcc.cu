// Kernels as a compiler writes them: a sum of squares in a fixed order, and a step that obeys it. Made into
// nvcc.ptx by nvcc 13.0:
//   nvcc -ptx -arch=compute_75 --fmad=false -o - nvcc.cu | sed '/^\/\//d; s/^\.version .*/.version 6.3/'

/** Each block's partial sum of (scale x)^2, over vectors of four, and what remains in block 0. */
extern "C" __global__ void __launch_bounds__(256)
squares(const float *__restrict__ x, long long n, float scale, double *__restrict__ sums) {
    __shared__ double sum[256];
    const int t = threadIdx.x;
    double mine = 0;
#pragma unroll 1
    for (long long i = blockIdx.x * 256LL + t; i < n / 4; i += gridDim.x * 256LL) {
        const float4 v = ((const float4 *)x)[i];
        const float a = scale * v.x, b = scale * v.y, c = scale * v.z, d = scale * v.w;
        mine += (double)(a * a + b * b) + (double)(c * c + d * d);
    }
    if (blockIdx.x == 0 && t < n % 4) {
        const double a = (double)(scale * x[n / 4 * 4 + t]);
        mine = fma(a, a, mine);
    }
    sum[t] = mine;
    __syncthreads();
#pragma unroll 1
    for (int half = 128; half > 0; half /= 2) {
        if (t < half) sum[t] += sum[t + half];
        __syncthreads();
    }
    if (t == 0) sums[blockIdx.x] = sum[0];
}

/** The factor that bounds the norm, and whether to skip the step because the sum is not finite. */
extern "C" __global__ void decide(const double *__restrict__ sums, int blocks, double bound,
                                  double *factor, int *skip, unsigned *skipped) {
    extern __shared__ double sum[];
    const int t = threadIdx.x;
    sum[t] = t < blocks ? sums[t] : 0;
    __syncthreads();
    for (int half = blockDim.x / 2; half > 0; half /= 2) {
        if (t < half) sum[t] += sum[t + half];
        __syncthreads();
    }
    if (t > 0) return;
    const double norm = sqrt(sum[0]);
    *factor = norm > bound ? bound / norm : 1.0;
    *skip = !isfinite(norm);
    *skipped += *skip;
}

/** p -= rate * factor * g / (sqrt|v| + 1), two at a time, unless it is to be skipped. */
extern "C" __global__ void __launch_bounds__(256)
step(double *__restrict__ p, const double *__restrict__ g, const float *__restrict__ v, long long n,
     double rate, const double *__restrict__ factor, const int *__restrict__ skip) {
    if (*skip) return;
    const long long i = blockIdx.x * 256LL + threadIdx.x;
    const double k = rate * *factor;
    if (2 * i + 1 < n) {
        double2 q = ((double2 *)p)[i];
        const double2 h = ((const double2 *)g)[i];
        const float2 w = ((const float2 *)v)[i];
        q.x -= k * h.x / (sqrt(fabs((double)w.x)) + 1);
        q.y -= k * h.y / (sqrt(fabs((double)w.y)) + 1);
        ((double2 *)p)[i] = q;
    } else if (2 * i < n) {
        p[2 * i] -= k * g[2 * i] / (sqrt(fabs((double)v[2 * i])) + 1);
    }
}
