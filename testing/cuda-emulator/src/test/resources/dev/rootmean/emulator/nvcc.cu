// Kernels as a compiler writes them: a sum of squares in a fixed order, a step that obeys it, and rows of 16
// and of 8 bits. Made into nvcc.ptx by nvcc 13.0:
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

__device__ __forceinline__ unsigned short bfloat16(float f, unsigned i, unsigned key) {
    unsigned u = i ^ key;
    u ^= u >> 16;
    u *= 0x7feb352du;
    u ^= u >> 15;
    u *= 0x846ca68bu;
    const unsigned x = __float_as_uint(f);
    return (x & 0x7fffffff) > 0x7f800000 ? 0x7fc0 : (x + (u >> 16)) >> 16;
}

__device__ __forceinline__ float value(unsigned short code) {
    return __uint_as_float((unsigned)code << 16);
}

/** p -= rate * g in bfloat16, rounded by random bits: four at a time, and what remains one by one. */
extern "C" __global__ void descend(unsigned short *__restrict__ p, const unsigned short *__restrict__ g,
                                   long long n, float rate, unsigned key) {
    const long long i = blockIdx.x * 64LL + threadIdx.x;
    if (i < n / 4) {
        ushort4 q = ((ushort4 *)p)[i];
        const ushort4 h = ((const ushort4 *)g)[i];
        const unsigned at = (unsigned)(4 * i);
        q.x = bfloat16(value(q.x) - rate * value(h.x), at, key);
        q.y = bfloat16(value(q.y) - rate * value(h.y), at + 1, key);
        q.z = bfloat16(value(q.z) - rate * value(h.z), at + 2, key);
        q.w = bfloat16(value(q.w) - rate * value(h.w), at + 3, key);
        ((ushort4 *)p)[i] = q;
    } else if (i < n / 4 + n % 4) {
        const long long j = i - n / 4 + n / 4 * 4;
        p[j] = bfloat16(value(p[j]) - rate * value(g[j]), (unsigned)j, key);
    }
}

/** The exponent and three bits more of a block's largest number, and in 8 bits how far each is below it. */
extern "C" __global__ void encode(const float4 *__restrict__ x, long long n, uchar4 *__restrict__ codes,
                                  unsigned short *__restrict__ tops) {
    __shared__ unsigned short most[64];
    const int t = threadIdx.x;
    const long long i = blockIdx.x * 64LL + t;
    int a = 0, b = 0, c = 0, d = 0;
    if (4 * i < n) {
        const float4 v = x[i];
        a = __float_as_uint(fabsf(v.x)) >> 20, b = __float_as_uint(fabsf(v.y)) >> 20;
        c = __float_as_uint(fabsf(v.z)) >> 20, d = __float_as_uint(fabsf(v.w)) >> 20;
    }
    most[t] = max(max(a, b), max(c, d));
    __syncthreads();
#pragma unroll 1
    for (int half = 32; half > 0; half /= 2) {
        if (t < half) most[t] = max(most[t], most[t + half]);
        __syncthreads();
    }
    const int top = most[0];
    if (4 * i < n) {
        codes[i] = make_uchar4(min(top - a, 255), min(top - b, 255), min(top - c, 255), min(top - d, 255));
    }
    if (t == 0) tops[blockIdx.x] = top;
}

/** The smallest number for each code; 255 is zero. The block's largest code on the way is atomic. */
extern "C" __global__ void decode(const unsigned char *__restrict__ codes,
                                  const unsigned short *__restrict__ tops, float *__restrict__ x,
                                  unsigned *__restrict__ largest) {
    __shared__ unsigned most;
    if (threadIdx.x == 0) most = 0;
    __syncthreads();
    const unsigned char code = codes[blockIdx.x * 256 + threadIdx.x];
    atomicMax(&most, code);
    x[blockIdx.x * 256 + threadIdx.x] =
        code == 255 ? 0 : __uint_as_float((unsigned)(tops[blockIdx.x] - code) << 20);
    __syncthreads();
    if (threadIdx.x == 0) largest[blockIdx.x] = most;
}
