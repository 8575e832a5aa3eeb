"""The inner loops of the search, written for vector registers: sixteen keys, or sixteen cells, at a time.

LLVM's own vectoriser leaves these loops scalar, because they gather by position or keep only values above a bound. Written as
LLVM instructions they run five times faster, on every processor that LLVM supports: without AVX-512, LLVM splits the vectors.

They are Numba intrinsics, called from compiled functions only; their arguments' shapes are the caller's responsibility.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

WIDTH = 16
"""Lanes: keys of a block, cells of a group."""

# Queries that share the loaded keys.
QUERIES = 4

_MAX_NEWTON_STEPS = 60
_LEAST_STEP = 1e-7

_I1, _I16, _I32, _I64, _F32 = ir.IntType(1), ir.IntType(16), ir.IntType(32), ir.IntType(64), ir.FloatType()
_MASK, _INTS, _LONGS, _FLOATS, _DOUBLES = (ir.VectorType(t, WIDTH) for t in (_I1, _I32, _I64, _F32, ir.DoubleType()))
_POINTERS = ir.VectorType(_F32.as_pointer(), WIDTH)


@intrinsic  # type: ignore[untyped-decorator]
def score_block(
    typing: Any, query: Any, i: Any, b: Any, blocks: Any, position: Any, bias: Any, floor: Any, key: Any, logit: Any, count: Any
) -> Any:
    """Compute the logits of the keys of block ``b`` for the query at place ``i``, and append those above ``floor``.

    ``query`` float32 [D], D a multiple of 8; ``blocks`` float32 [B, D, 16]; ``position`` int32 [B, 16]; ``bias`` float32 [2 N
    + 1] by j - i + N, the last entry for places that hold no key; ``key`` int32 and ``logit`` float32 get position and logit
    from index ``count`` on and must have room for 16. Returns the number of appended keys and the largest logit (``floor``
    without any).
    """
    arguments = (query, types.int64, types.int64, blocks, position, bias, types.float32, key, logit, types.int64)
    signature = types.Tuple((types.int64, types.float32))(*arguments)

    def codegen(context: Any, builder: ir.IRBuilder, signature: Any, values: Any) -> Any:
        array = _Arrays(context, builder, signature, values)
        i, b, floor, count = values[1], values[2], values[6], values[9]
        depth = builder.extract_value(array(0).shape, 0)
        place = _load(builder, array(4).data, builder.mul(b, _I64(WIDTH)), _INTS)
        start = _by_offset(builder, array(5), place, i)
        first = builder.mul(b, builder.mul(depth, _I64(WIDTH)))

        def term(row: Any) -> tuple[Any, Any]:
            factor = builder.load(builder.gep(array(0).data, [row]))
            return factor, _load(builder, array(3).data, builder.add(first, builder.mul(row, _I64(WIDTH))), _FLOATS)

        score = _product(builder, depth, start, term)
        above = builder.fcmp_ordered(">", score, _splat(builder, floor, _FLOATS))
        added = cgutils.alloca_once_value(builder, _I64(0))
        top = cgutils.alloca_once_value(builder, floor)
        with builder.if_then(_any(builder, above)):
            builder.store(_append(builder, above, count, (array(7).data, place), (array(8).data, score)), added)
            builder.store(_call(builder, "llvm.vector.reduce.fmax", _F32, [score]), top)
        return context.make_tuple(builder, signature.return_type, [builder.load(added), builder.load(top)])

    return signature, codegen


@intrinsic  # type: ignore[untyped-decorator]
def reachable(
    typing: Any,
    query: Any,
    low: Any,
    high: Any,
    tile: Any,
    end: Any,
    recent: Any,
    coming: Any,
    bias: Any,
    i: Any,
    floor: Any,
    name: Any,
    content: Any,
    bound: Any,
) -> Any:
    """Find the boxes of the tiles ``tile`` to ``end`` that may hold a key above ``floor`` for the query at place ``i``.

    ``query`` float32 [D]; ``low``, ``high`` float32 [T, D, 16]: sixteen boxes per tile; ``recent``, ``coming`` int32 [16 T]:
    place of a box's nearest key at or before the query, and after it (2 N: none); ``bias`` as for ``score_block``. Writes,
    for each such box, its number (16 * tile + lane) to ``name`` int32, the bound of its content logit to ``content`` and of
    its logit to ``bound`` float32; returns the number of boxes.
    """
    places = (
        query,
        low,
        high,
        types.int64,
        types.int64,
        recent,
        coming,
        bias,
        types.int64,
        types.float32,
        name,
        content,
        bound,
    )
    signature = types.int64(*places)

    def codegen(context: Any, builder: ir.IRBuilder, signature: Any, values: Any) -> Any:
        array = _Arrays(context, builder, signature, values)
        tile, end, i, floor = values[3], values[4], values[8], values[9]
        vector, lower, upper, table = array(0), array(1).data, array(2).data, array(7)
        depth = builder.extract_value(vector.shape, 0)
        floors = _splat(builder, floor, _FLOATS)
        count = cgutils.alloca_once_value(builder, _I64(0))
        # Where the content bound at the nearest later place is below the floor, no later key is looked up.
        middle = builder.lshr(builder.extract_value(table.shape, 0), _I64(1))
        later = builder.load(builder.gep(table.data, [builder.add(middle, _I64(1))]))
        ahead = _splat(builder, later, _FLOATS)
        # Later keys can be preferred to the query's own place, where the bias is 0.
        most = _splat(builder, builder.select(builder.fcmp_ordered(">", later, _F32(0.0)), later, _F32(0.0)), _FLOATS)
        lanes = ir.Constant(_INTS, list(range(WIDTH)))
        with cgutils.for_range_slice(builder, tile, end, _I64(1)) as (t, _):
            first = builder.mul(t, builder.mul(depth, _I64(WIDTH)))

            def term(row: Any, first: Any = first) -> tuple[Any, Any]:
                factor = builder.load(builder.gep(vector.data, [row]))
                # In every dimension, the side of the box with the larger product.
                side = builder.select(builder.fcmp_ordered(">", factor, _F32(0.0)), upper, lower)
                return factor, _load(builder, side, builder.add(first, builder.mul(row, _I64(WIDTH))), _FLOATS)

            inside = _product(builder, depth, ir.Constant(_FLOATS, [0.0] * WIDTH), term)
            with builder.if_then(_any(builder, builder.fcmp_ordered(">", builder.fadd(inside, most), floors))):
                begin = builder.mul(t, _I64(WIDTH))
                behind = _by_offset(builder, table, _load(builder, array(5).data, begin, _INTS), i)
                best = cgutils.alloca_once(builder, _FLOATS)
                builder.store(builder.fadd(inside, behind), best)
                with builder.if_then(_any(builder, builder.fcmp_ordered(">", builder.fadd(inside, ahead), floors))):
                    after = _by_offset(builder, table, _load(builder, array(6).data, begin, _INTS), i)
                    either = [builder.load(best), builder.fadd(inside, after)]
                    builder.store(_call(builder, "llvm.maxnum", _FLOATS, either), best)
                above = builder.fcmp_ordered(">", builder.load(best), floors)
                with builder.if_then(_any(builder, above)):
                    which = builder.add(_splat(builder, builder.trunc(begin, _I32), _INTS), lanes)
                    columns = (array(10).data, which), (array(11).data, inside), (array(12).data, builder.load(best))
                    so_far = builder.load(count)
                    builder.store(builder.add(so_far, _append(builder, above, so_far, *columns)), count)
        return builder.load(count)

    return signature, codegen


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
        array = _Arrays(context, builder, signature, values)
        begin, end, depth, room = values[2], values[3], *(builder.extract_value(array(k).shape, 1) for k in (0, 7))
        n = builder.lshr(builder.sub(builder.extract_value(array(6).shape, 0), _I64(WIDTH)), _I64(1))
        nowhere = _splat(builder, builder.trunc(builder.shl(n, _I64(1)), _I32), _INTS)
        never = ir.Constant(_FLOATS, [-math.inf] * WIDTH)
        places = [builder.load(builder.gep(array(1).data, [_I64(k)])) for k in range(QUERIES)]
        vectors = [builder.gep(array(0).data, [builder.mul(i, depth)]) for i in places]
        tops = [cgutils.alloca_once_value(builder, never) for _ in range(QUERIES)]
        with cgutils.for_range_slice(builder, begin, end, _I64(1)) as (b, _):
            lane = builder.mul(b, _I64(WIDTH))
            offsets = (builder.add(builder.sub(lane, i), n) for i in places)
            totals = [cgutils.alloca_once_value(builder, _load(builder, array(6).data, offset, _FLOATS)) for offset in offsets]
            first = builder.mul(lane, depth)
            with cgutils.for_range_slice(builder, _I64(0), depth, _I64(8)) as (d, _):
                for step in range(8):
                    row = builder.add(d, _I64(step))
                    keys = _load(builder, array(4).data, builder.add(first, builder.mul(row, _I64(WIDTH))), _FLOATS)
                    for vector, total in zip(vectors, totals, strict=True):
                        factor = _splat(builder, builder.load(builder.gep(vector, [row])), _FLOATS)
                        builder.store(_call(builder, "llvm.fma", _FLOATS, [factor, keys, builder.load(total)]), total)
            there = builder.icmp_unsigned("<", _load(builder, array(5).data, lane, _INTS), nowhere)
            out = builder.mul(builder.sub(b, begin), _I64(WIDTH))
            for k, (total, top) in enumerate(zip(totals, tops, strict=True)):
                score = builder.select(there, builder.load(total), never)
                _store(builder, array(7).data, builder.add(builder.mul(_I64(k), room), out), score)
                builder.store(_call(builder, "llvm.maxnum", _FLOATS, [builder.load(top), score]), top)
        for k, top in enumerate(tops):
            best = builder.gep(array(8).data, [_I64(k)])
            either = _call(builder, "llvm.vector.reduce.fmax", _F32, [builder.load(top)]), builder.load(best)
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
        array = _Arrays(context, builder, signature, values)
        scores, keys, logits = (
            builder.gep(array(k).data, [builder.mul(values[1], builder.extract_value(array(k).shape, 1))]) for k in (0, 5, 6)
        )
        floors = _splat(builder, values[4], _FLOATS)
        lanes = ir.Constant(_INTS, list(range(WIDTH)))
        count = cgutils.alloca_once_value(builder, values[7])
        with cgutils.for_range_slice(builder, _I64(0), values[2], _I64(1)) as (b, _):
            start = builder.mul(b, _I64(WIDTH))
            score = _load(builder, scores, start, _FLOATS)
            above = builder.fcmp_ordered(">", score, floors)
            with builder.if_then(_any(builder, above)):
                place = builder.add(_splat(builder, builder.trunc(builder.add(values[3], start), _I32), _INTS), lanes)
                so_far = builder.load(count)
                added = _append(builder, above, so_far, (keys, place), (logits, score))
                builder.store(builder.add(so_far, added), count)
        return builder.load(count)

    return signature, codegen


@intrinsic  # type: ignore[untyped-decorator]
def thresholds(typing: Any, half: Any, count: Any, tau: Any) -> Any:
    """Compute the thresholds of sixteen rows at once: tau float64 [16] such that, in every column of the first ``count`` rows of
    ``half`` float64 [C, 16], the squares of what lies above tau add up to 1. The largest value of every column must be 0, and
    what it has not is -inf.

    Newton from the left, then in closed form; every column's sums have the order of its rows.
    """
    doubles = types.Array(types.float64, 2, "C"), types.int64, types.Array(types.float64, 1, "C")

    def codegen(context: Any, builder: ir.IRBuilder, signature: Any, values: Any) -> Any:
        array = _Arrays(context, builder, signature, values)
        zero, one, least = (ir.Constant(_DOUBLES, [value] * WIDTH) for value in (0.0, 1.0, _LEAST_STEP))
        tau = cgutils.alloca_once_value(builder, ir.Constant(_DOUBLES, [-1.0] * WIDTH))
        still = cgutils.alloca_once_value(builder, ir.Constant(_MASK, [1] * WIDTH))

        def sums(terms: Callable[[Any, Any], tuple[Any, ...]]) -> list[Any]:
            """Add up, over the rows, the terms of what lies above tau."""
            totals = [cgutils.alloca_once(builder, _DOUBLES) for _ in range(2)]
            for total in totals:
                builder.store(zero, total)
            with cgutils.for_range(builder, values[1]) as row:
                value = _load(builder, array(0).data, builder.mul(row.index, _I64(WIDTH)), _DOUBLES)
                excess = builder.fsub(value, builder.load(tau))
                above = builder.fcmp_ordered(">", excess, zero)
                for total, term in zip(totals, terms(value, excess), strict=False):
                    builder.store(builder.fadd(builder.load(total), builder.select(above, term, zero)), total)
            return [builder.load(total) for total in totals]

        with cgutils.for_range(builder, _I64(_MAX_NEWTON_STEPS)) as newton:
            first, second = sums(lambda _, excess: (excess, builder.fmul(excess, excess)))
            step = builder.fdiv(builder.fsub(second, one), builder.fadd(first, first))
            upwards = builder.and_(builder.load(still), builder.fcmp_ordered(">", step, zero))
            builder.store(builder.select(upwards, builder.fadd(builder.load(tau), step), builder.load(tau)), tau)
            # Below the epsilon of float32, the coarser precision, and -1 <= tau < 0. The closed form removes the rest.
            builder.store(builder.and_(builder.load(still), builder.fcmp_ordered(">", step, least)), still)
            with builder.if_then(builder.not_(_any(builder, builder.load(still)))):
                newton.do_break()
        total, chosen = sums(lambda value, _: (value, one))
        mean = builder.fdiv(total, chosen)

        def squared(value: Any, _: Any) -> tuple[Any, ...]:
            away = builder.fsub(value, mean)
            return (builder.fmul(away, away),)

        room = builder.fsub(one, sums(squared)[0])
        room = builder.fdiv(builder.select(builder.fcmp_ordered(">", room, zero), room, zero), chosen)
        _store(builder, array(2).data, _I64(0), builder.fsub(mean, _call(builder, "llvm.sqrt", _DOUBLES, [room])))
        return context.get_dummy_value()

    return types.none(*doubles), codegen


class _Arrays:
    """Array arguments of an intrinsic, by their position."""

    def __init__(self, context: Any, builder: ir.IRBuilder, signature: Any, values: Any) -> None:
        self._context, self._builder, self._types, self._values = context, builder, signature.args, values

    def __call__(self, k: int) -> Any:
        return self._context.make_array(self._types[k])(self._context, self._builder, self._values[k])


def _product(builder: ir.IRBuilder, depth: Any, start: Any, term: Callable[[Any], tuple[Any, Any]]) -> Any:
    """Return ``start`` plus the products of a factor and WIDTH values, which ``term`` gives for each of ``depth`` rows."""
    # Two sums, or every product would wait for the previous product.
    even = cgutils.alloca_once_value(builder, start)
    odd = cgutils.alloca_once_value(builder, ir.Constant(_FLOATS, [0.0] * WIDTH))
    with cgutils.for_range_slice(builder, _I64(0), depth, _I64(8)) as (d, _):
        for step in range(8):
            factor, values = term(builder.add(d, _I64(step)))
            total = odd if step % 2 else even
            products = [_splat(builder, factor, _FLOATS), values, builder.load(total)]
            builder.store(_call(builder, "llvm.fma", _FLOATS, products), total)
    return builder.fadd(builder.load(even), builder.load(odd))


def _call(builder: ir.IRBuilder, name: str, result: Any, values: list[Any]) -> Any:
    """Call an LLVM intrinsic that is overloaded by the vector's type."""
    vector = values[0].type
    suffix = {_FLOATS: f"v{WIDTH}f32", _INTS: f"v{WIDTH}i32", _DOUBLES: f"v{WIDTH}f64"}[vector]
    signature = ir.FunctionType(result, [value.type for value in values])
    return builder.call(cgutils.get_or_insert_function(builder.module, signature, f"{name}.{suffix}"), values)


def _splat(builder: ir.IRBuilder, value: Any, vector: ir.VectorType) -> Any:
    """Return the value in every lane."""
    nothing = ir.Constant(vector, ir.Undefined)
    one = builder.insert_element(nothing, value, _I32(0))
    return builder.shuffle_vector(one, nothing, ir.Constant(_INTS, [0] * WIDTH))


def _load(builder: ir.IRBuilder, data: Any, index: Any, vector: ir.VectorType) -> Any:
    """Load WIDTH values from ``index`` on; they need not be aligned."""
    pointer = builder.bitcast(builder.gep(data, [index]), vector.as_pointer())
    loaded = builder.load(pointer)
    loaded.align = 4
    return loaded


def _store(builder: ir.IRBuilder, data: Any, index: Any, vector: Any) -> None:
    """Store a vector from ``index`` on; the place need not be aligned."""
    builder.store(vector, builder.bitcast(builder.gep(data, [index]), vector.type.as_pointer()), align=4)


def _any(builder: ir.IRBuilder, mask: Any) -> Any:
    return builder.icmp_unsigned("!=", builder.bitcast(mask, _I16), _I16(0))


def _by_offset(builder: ir.IRBuilder, bias: Any, place: Any, i: Any) -> Any:
    """Return the distance bias of the keys at ``place`` for the query at ``i``."""
    last = builder.sub(builder.extract_value(bias.shape, 0), _I64(1))
    shift = builder.trunc(builder.sub(builder.lshr(last, _I64(1)), i), _I32)
    index = builder.add(place, _splat(builder, shift, _INTS))
    end = _splat(builder, builder.trunc(last, _I32), _INTS)
    index = builder.select(builder.icmp_unsigned("<", index, end), index, end)
    start = _splat(builder, builder.ptrtoint(bias.data, _I64), _LONGS)
    bytes_on = builder.shl(builder.zext(index, _LONGS), ir.Constant(_LONGS, [2] * WIDTH))
    pointers = builder.inttoptr(builder.add(start, bytes_on), _POINTERS)
    signature = ir.FunctionType(_FLOATS, [_POINTERS, _I32, _MASK, _FLOATS])
    gather = cgutils.get_or_insert_function(builder.module, signature, f"llvm.masked.gather.v{WIDTH}f32.v{WIDTH}p0")
    everywhere = ir.Constant(_MASK, [1] * WIDTH)
    return builder.call(gather, [pointers, _I32(4), everywhere, ir.Constant(_FLOATS, ir.Undefined)])


def _append(builder: ir.IRBuilder, mask: Any, count: Any, *columns: tuple[Any, Any]) -> Any:
    """Store the lanes under the mask one after another from index ``count`` on, and return their number; what lies behind
    them, up to WIDTH values, is overwritten."""
    for data, lanes in columns:
        suffix = {_FLOATS: f"v{WIDTH}f32", _INTS: f"v{WIDTH}i32"}[lanes.type]
        signature = ir.FunctionType(lanes.type, [lanes.type, _MASK, lanes.type])
        name = f"llvm.experimental.vector.compress.{suffix}"
        # Not a compressing store: to memory, some processors take a hundred cycles for it.
        compress = cgutils.get_or_insert_function(builder.module, signature, name)
        _store(builder, data, count, builder.call(compress, [lanes, mask, ir.Constant(lanes.type, ir.Undefined)]))
    return builder.zext(builder.ctpop(builder.bitcast(mask, _I16)), _I64)
