#pragma once
// What each layer kind makes of its input: output shape, tensors and cost. One function per kind (or
// for several that are alike); layers.cpp has the table. They throw std::string with what is wrong.
#include "facegan/spec/network.h"

namespace facegan::spec {

void same_shape(Layer& layer);
void infer_dense(Layer& layer);
void infer_conv(Layer& layer);
void infer_conv_transpose(Layer& layer);
void infer_batch_norm(Layer& layer);
void infer_affine_norm(Layer& layer);  // instance_norm, layer_norm
void infer_instance_norm(Layer& layer);
void infer_upsample(Layer& layer);
void infer_pool(Layer& layer);
void infer_zero_pad(Layer& layer);
void infer_reshape(Layer& layer);
void infer_flatten(Layer& layer);
void infer_residual(Layer& layer);
void infer_self_attention(Layer& layer);
void infer_minibatch_stddev(Layer& layer);

}  // namespace facegan::spec
