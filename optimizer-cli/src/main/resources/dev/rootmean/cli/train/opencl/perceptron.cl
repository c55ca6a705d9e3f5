// What a perceptron does beside matrix products. Each work-item has results of its own and adds in
// one order, so that the bits are the same each time; those beyond the items do nothing.

// Adds each unit's bias; in a hidden layer, what is below 0 becomes 0, but NaN stays.
kernel void add_bias(
    uint items, global float *y, global const float *parameters, int biases, int units, int hidden) {
  uint i = get_global_id(0);
  if (i < items) {
    float sum = y[i] + parameters[biases + i % units];
    y[i] = hidden && sum < 0 ? 0 : sum;
  }
}

// For each example the loss, and what its logits are to change by for the mean loss.
kernel void softmax_loss(
    uint items,
    global const float *logits,
    global const int *labels,
    int classes,
    global float *deltas,
    global float *losses) {
  uint example = get_global_id(0);
  if (example < items) {
    global const float *z = logits + example * classes;
    global float *delta = deltas + example * classes;
    float most = z[0]; // keeps exp from overflowing
    for (int c = 1; c < classes; c++) {
      most = z[c] > most ? z[c] : most;
    }
    float sum = 0;
    for (int c = 0; c < classes; c++) {
      sum += exp(z[c] - most);
    }
    for (int c = 0; c < classes; c++) {
      delta[c] = (exp(z[c] - most) / sum - (c == labels[example])) / items;
    }
    losses[example] = log(sum) - (z[labels[example]] - most);
  }
}

// For each example 1 if its class got the most, and otherwise 0.
kernel void hit(
    uint items,
    global const float *logits,
    global const int *labels,
    int classes,
    global float *hits) {
  uint example = get_global_id(0);
  if (example < items) {
    global const float *z = logits + example * classes;
    int best = 0;
    for (int c = 1; c < classes; c++) {
      best = z[c] > z[best] ? c : best;
    }
    hits[example] = best == labels[example];
  }
}

// One work-item adds up everything.
kernel void total(uint items, global const float *terms, int count, global float *sum) {
  if (get_global_id(0) < items) {
    float all = 0;
    for (int i = 0; i < count; i++) {
      all += terms[i];
    }
    *sum = all;
  }
}

// The gradient of each unit's bias.
kernel void sum_examples(
    uint items, global const float *deltas, int count, global float *gradients, int biases) {
  uint unit = get_global_id(0);
  if (unit < items) {
    float sum = 0;
    for (int example = 0; example < count; example++) {
      sum += deltas[example * items + unit];
    }
    gradients[biases + unit] = sum;
  }
}

// Nothing goes back through a unit that gave 0.
kernel void mask(uint items, global float *deltas, global const float *y) {
  uint i = get_global_id(0);
  if (i < items && !(y[i] > 0)) {
    deltas[i] = 0;
  }
}
