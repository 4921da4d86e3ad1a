"""Attention and aggregation over the edges of a layer, forward by target, backward by source."""

import numpy as np

from trainers.loops import compiled_fast


@compiled_fast
def score(first, last, target_ptr, source, relation, query, a_source, a_relation, a_query, weight, bias, out):
    channels = len(weight)
    for o in range(first, last):
        b = query[o]
        for e in range(target_ptr[o], target_ptr[o + 1]):
            s, r = source[e], relation[e]
            total = bias[0]
            for c in range(channels):
                z = a_source[s, c] + a_relation[r, c] + a_query[b, c]
                total += weight[c] * max(z, 0)
            out[e] = 1 / (1 + np.exp(-total))


@compiled_fast
def score_back(
    first,
    last,
    source_ptr,
    edge,
    relation,
    query,
    a_source,
    a_relation,
    a_query,
    weight,
    score,
    grad,
    d_source,
    d_relation,
    d_weight,
):
    channels = len(weight)
    for s in range(first, last):
        b = query[s]
        for i in range(source_ptr[s], source_ptr[s + 1]):
            e = edge[i]
            r = relation[e]
            slope = grad[e] * score[e] * (1 - score[e])
            d_weight[channels] += slope
            for c in range(channels):
                z = a_source[s, c] + a_relation[r, c] + a_query[b, c]
                if z > 0:
                    d_weight[c] += slope * z
                    d_source[s, c] += slope * weight[c]
                    d_relation[r, c] += slope * weight[c]


@compiled_fast
def gather(first, last, target_ptr, source, relation, state, embedding, weight, out):
    for o in range(first, last):
        total = out[o]
        for e in range(target_ptr[o], target_ptr[o + 1]):
            s, r, w = state[source[e]], embedding[relation[e]], weight[e]
            for k in range(len(total)):
                total[k] += w * (s[k] + r[k])


@compiled_fast
def gather_back(
    first,
    last,
    source_ptr,
    target,
    edge,
    relation,
    state,
    embedding,
    weight,
    grad,
    d_state,
    d_relation,
    d_weight,
):
    for s in range(first, last):
        own, own_grad = state[s], d_state[s]
        for i in range(source_ptr[s], source_ptr[s + 1]):
            e = edge[i]
            g, r, w = grad[target[i]], embedding[relation[e]], weight[e]
            r_grad = d_relation[relation[e]]
            dot = g[0] * (own[0] + r[0])
            for k in range(1, len(g)):
                dot += g[k] * (own[k] + r[k])
            d_weight[e] = dot
            for k in range(len(g)):
                own_grad[k] += w * g[k]
                r_grad[k] += w * g[k]
