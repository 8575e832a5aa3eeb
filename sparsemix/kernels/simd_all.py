"""The inner loops over all keys and over the candidates, written for vector registers as in ``simd``: four queries share the
loaded keys, and the thresholds of sixteen queries are found at once."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

from sparsemix.kernels.vectors import (
    DOUBLES,
    F32,
    FLOATS,
    I32,
    I64,
    INTS,
    MASK,
    WIDTH,
    Arrays,
    any_of,
    append,
    call,
    load,
    splat,
    store,
)

# Queries that share the loaded keys.
QUERIES = 4

_MAX_NEWTON_STEPS = 60
_LEAST_STEP = 1e-7


@intrinsic  # type: ignore[untyped-decorator]
def score_four(
    typing: Any,
    query: Any,
    which: Any,
    begin: Any,
    end: Any,
    blocks: Any,
    position: Any,
    bias: Any,
    logit: Any,
    best: Any,
) -> Any:
    """Compute the logits of all keys of the blocks ``begin`` to ``end`` for four queries.

    ``query`` float32 [N, D]; ``which`` int64 [4]: the queries' places; ``blocks`` float32 [B, D, 16], ``position`` int32 [B,
    16]: place 16 b + lane, or 2 N where there is no key; ``bias`` float32 [2 N + 16] by j - i + N, any values from entry 2 N
    on; ``logit`` float32 [4, 16 (end - begin) or more] gets the logits, -inf where there is no key, and ``best`` float32 [4] is
    raised to each query's largest.
    """
    floats = types.Array(types.float32, 1, "C")
    integers = types.Array(types.int64, 1, "C")
    places = (query, integers, types.int64, types.int64, blocks, position, bias, logit, floats)

    def codegen(context: Any, builder: ir.IRBuilder, signature: Any, values: Any) -> Any:
        array = Arrays(context, builder, signature, values)
        begin, end, depth, room = values[2], values[3], *(builder.extract_value(array(k).shape, 1) for k in (0, 7))
        n = builder.lshr(builder.sub(builder.extract_value(array(6).shape, 0), I64(WIDTH)), I64(1))
        nowhere = splat(builder, builder.trunc(builder.shl(n, I64(1)), I32), INTS)
        never = ir.Constant(FLOATS, [-math.inf] * WIDTH)
        places = [builder.load(builder.gep(array(1).data, [I64(k)])) for k in range(QUERIES)]
        vectors = [builder.gep(array(0).data, [builder.mul(i, depth)]) for i in places]
        tops = [cgutils.alloca_once_value(builder, never) for _ in range(QUERIES)]
        with cgutils.for_range_slice(builder, begin, end, I64(1)) as (b, _):
            lane = builder.mul(b, I64(WIDTH))
            offsets = (builder.add(builder.sub(lane, i), n) for i in places)
            totals = [cgutils.alloca_once_value(builder, load(builder, array(6).data, offset, FLOATS)) for offset in offsets]
            first = builder.mul(lane, depth)
            with cgutils.for_range_slice(builder, I64(0), depth, I64(8)) as (d, _):
                for step in range(8):
                    row = builder.add(d, I64(step))
                    keys = load(builder, array(4).data, builder.add(first, builder.mul(row, I64(WIDTH))), FLOATS)
                    for vector, total in zip(vectors, totals, strict=True):
                        factor = splat(builder, builder.load(builder.gep(vector, [row])), FLOATS)
                        builder.store(call(builder, "llvm.fma", FLOATS, [factor, keys, builder.load(total)]), total)
            there = builder.icmp_unsigned("<", load(builder, array(5).data, lane, INTS), nowhere)
            out = builder.mul(builder.sub(b, begin), I64(WIDTH))
            for k, (total, top) in enumerate(zip(totals, tops, strict=True)):
                score = builder.select(there, builder.load(total), never)
                store(builder, array(7).data, builder.add(builder.mul(I64(k), room), out), score)
                builder.store(call(builder, "llvm.maxnum", FLOATS, [builder.load(top), score]), top)
        for k, top in enumerate(tops):
            best = builder.gep(array(8).data, [I64(k)])
            either = call(builder, "llvm.vector.reduce.fmax", F32, [builder.load(top)]), builder.load(best)
            builder.store(builder.select(builder.fcmp_ordered(">", *either), *either), best)
        return context.get_dummy_value()

    return types.none(*places), codegen


@intrinsic  # type: ignore[untyped-decorator]
def append_above(
    typing: Any, score: Any, row: Any, blocks: Any, first: Any, floor: Any, key: Any, logit: Any, count: Any
) -> Any:
    """Append the logits above ``floor`` of ``blocks`` blocks, those of the keys from place ``first`` on.

    ``score`` float32 [4, any], of which row ``row`` counts; ``key`` int32 and ``logit`` float32 [4, any]: their row ``row``
    gets place and logit from index ``count`` on, and must have room for 16 more. Returns the new count.
    """
    integer = types.int64
    signature = integer(score, integer, integer, integer, types.float32, key, logit, integer)

    def codegen(context: Any, builder: ir.IRBuilder, signature: Any, values: Any) -> Any:
        array = Arrays(context, builder, signature, values)
        scores, keys, logits = (
            builder.gep(array(k).data, [builder.mul(values[1], builder.extract_value(array(k).shape, 1))]) for k in (0, 5, 6)
        )
        floors = splat(builder, values[4], FLOATS)
        lanes = ir.Constant(INTS, list(range(WIDTH)))
        count = cgutils.alloca_once_value(builder, values[7])
        with cgutils.for_range_slice(builder, I64(0), values[2], I64(1)) as (b, _):
            start = builder.mul(b, I64(WIDTH))
            score = load(builder, scores, start, FLOATS)
            above = builder.fcmp_ordered(">", score, floors)
            with builder.if_then(any_of(builder, above)):
                place = builder.add(splat(builder, builder.trunc(builder.add(values[3], start), I32), INTS), lanes)
                so_far = builder.load(count)
                added = append(builder, above, so_far, (keys, place), (logits, score))
                builder.store(builder.add(so_far, added), count)
        return builder.load(count)

    return signature, codegen


@intrinsic  # type: ignore[untyped-decorator]
def thresholds(typing: Any, half: Any, count: Any, tau: Any) -> Any:
    """Compute sixteen thresholds at once: ``tau`` float64 [16] such that, in every column of the first ``count`` rows of
    ``half`` float64 [C, 16], the squares of what lies above tau add up to 1. The largest value of a column is 0; where it has
    none there is -inf.

    Newton from the left, then in closed form; every column's sums have the order of its rows.
    """
    doubles = types.Array(types.float64, 2, "C"), types.int64, types.Array(types.float64, 1, "C")

    def codegen(context: Any, builder: ir.IRBuilder, signature: Any, values: Any) -> Any:
        array = Arrays(context, builder, signature, values)
        zero, one, least = (ir.Constant(DOUBLES, [value] * WIDTH) for value in (0.0, 1.0, _LEAST_STEP))
        tau = cgutils.alloca_once_value(builder, ir.Constant(DOUBLES, [-1.0] * WIDTH))
        still = cgutils.alloca_once_value(builder, ir.Constant(MASK, [1] * WIDTH))

        def sums(terms: Callable[[Any, Any], tuple[Any, ...]]) -> list[Any]:
            """Add up, over the rows, the terms of what lies above tau."""
            totals = [cgutils.alloca_once(builder, DOUBLES) for _ in range(2)]
            for total in totals:
                builder.store(zero, total)
            with cgutils.for_range(builder, values[1]) as row:
                value = load(builder, array(0).data, builder.mul(row.index, I64(WIDTH)), DOUBLES)
                excess = builder.fsub(value, builder.load(tau))
                above = builder.fcmp_ordered(">", excess, zero)
                for total, term in zip(totals, terms(value, excess), strict=False):
                    builder.store(builder.fadd(builder.load(total), builder.select(above, term, zero)), total)
            return [builder.load(total) for total in totals]

        with cgutils.for_range(builder, I64(_MAX_NEWTON_STEPS)) as newton:
            first, second = sums(lambda _, excess: (excess, builder.fmul(excess, excess)))
            step = builder.fdiv(builder.fsub(second, one), builder.fadd(first, first))
            upwards = builder.and_(builder.load(still), builder.fcmp_ordered(">", step, zero))
            builder.store(builder.select(upwards, builder.fadd(builder.load(tau), step), builder.load(tau)), tau)
            # Below the epsilon of float32, the coarser precision, and -1 <= tau < 0. The closed form removes the rest.
            builder.store(builder.and_(builder.load(still), builder.fcmp_ordered(">", step, least)), still)
            with builder.if_then(builder.not_(any_of(builder, builder.load(still)))):
                newton.do_break()
        total, chosen = sums(lambda value, _: (value, one))
        mean = builder.fdiv(total, chosen)

        def squared(value: Any, _: Any) -> tuple[Any, ...]:
            away = builder.fsub(value, mean)
            return (builder.fmul(away, away),)

        room = builder.fsub(one, sums(squared)[0])
        room = builder.fdiv(builder.select(builder.fcmp_ordered(">", room, zero), room, zero), chosen)
        store(builder, array(2).data, I64(0), builder.fsub(mean, call(builder, "llvm.sqrt", DOUBLES, [room])))
        return context.get_dummy_value()

    return types.none(*doubles), codegen
