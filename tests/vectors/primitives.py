#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
#
# primitives.py - X25519, Ed25519 (checking only) and ChaCha20-Poly1305 in plain Python: slow,
#                 not constant in time, for tests alone.
import hashlib
import struct

# ---- X25519 (RFC 7748) and Ed25519 (RFC 8032) ----

P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P


def x25519(secret, point):
    k = bytearray(secret)
    k[0] &= 248
    k[31] = k[31] & 127 | 64
    k = int.from_bytes(k, 'little')
    u = int.from_bytes(point, 'little') & (2**255 - 1)
    x2, z2, x3, z3, swap = 1, 0, u, 1, 0
    for t in reversed(range(255)):
        bit = k >> t & 1
        if swap ^ bit:
            x2, x3, z2, z3 = x3, x2, z3, z2
        swap = bit
        a, b, c, d = x2 + z2, x2 - z2, x3 + z3, x3 - z3
        aa, bb, da, cb = a * a % P, b * b % P, d * a % P, c * b % P
        e = aa - bb
        x3, z3 = (da + cb)**2 % P, u * (da - cb)**2 % P
        x2, z2 = aa * bb % P, e * (aa + 121665 * e) % P
    if swap:
        x2, z2 = x3, z3
    shared = (x2 * pow(z2, P - 2, P) % P).to_bytes(32, 'little')
    if not any(shared):
        raise ValueError('a point of low order')
    return shared


def x25519_public(secret):
    return x25519(secret, (9).to_bytes(32, 'little'))


def add(p, q):
    a = (p[1] - p[0]) * (q[1] - q[0]) % P
    b = (p[1] + p[0]) * (q[1] + q[0]) % P
    c = 2 * p[3] * q[3] * D % P
    d = 2 * p[2] * q[2] % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % P, g * h % P, f * g % P, e * h % P


def multiply(n, p):
    q = (0, 1, 1, 0)
    while n:
        if n & 1:
            q = add(q, p)
        p = add(p, p)
        n >>= 1
    return q


def decode_point(b):
    y = int.from_bytes(b, 'little')
    sign = y >> 255
    y &= 2**255 - 1
    if y >= P:
        raise ValueError('no point')
    xx = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(xx, (P + 3) // 8, P)
    if (x * x - xx) % P:
        x = x * pow(2, (P - 1) // 4, P) % P
    if (x * x - xx) % P or (not x and sign):
        raise ValueError('no point')
    if x & 1 != sign:
        x = P - x
    return x, y, 1, x * y % P


BASE_Y = 4 * pow(5, P - 2, P) % P
BASE = decode_point(BASE_Y.to_bytes(32, 'little'))


def ed25519_check(public, message, signature):
    s = int.from_bytes(signature[32:], 'little')
    if len(signature) != 64 or s >= L:
        return False
    h = hashlib.sha512(signature[:32] + public + message).digest()
    k = int.from_bytes(h, 'little') % L
    left = multiply(s, BASE)
    right = add(decode_point(signature[:32]), multiply(k, decode_point(public)))
    return ((left[0] * right[2] - right[0] * left[2]) % P == 0 and
            (left[1] * right[2] - right[1] * left[2]) % P == 0)


# ---- Ed448 (RFC 8032, 5.2) ----

P4 = 2**448 - 2**224 - 1
D4 = -39081
L4 = 2**446 - 13818066809895115352007386748515426880336692474882178609894547503885
BASE4 = (224580040295924300187604334099896036246789641632564134246125461686950415467406032909029192869357953282578032075146446173674602635247710,  # noqa: E501
         298819210078481492676017930443930673437544040154080242095928241372331506189835876003536878655418784733982303233503462500531545062832660, 1)  # noqa: E501


def add4(p, q):
    a = p[2] * q[2] % P4
    b = a * a % P4
    c, d = p[0] * q[0] % P4, p[1] * q[1] % P4
    e = D4 * c * d % P4
    f, g = b - e, b + e
    h = (p[0] + p[1]) * (q[0] + q[1]) % P4
    return a * f * (h - c - d) % P4, a * g * (d - c) % P4, f * g % P4


def multiply4(n, p):
    q = (0, 1, 1)
    while n:
        if n & 1:
            q = add4(q, p)
        p = add4(p, p)
        n >>= 1
    return q


def decode_point4(b):
    y, sign = int.from_bytes(b[:56], 'little'), b[56] >> 7
    if y >= P4 or b[56] & 127:
        raise ValueError('no point')
    u, v = (y * y - 1) % P4, (D4 * y * y - 1) % P4
    x = pow(u, 3, P4) * v * pow(pow(u, 5, P4) * pow(v, 3, P4), (P4 - 3) // 4, P4) % P4
    if (v * x * x - u) % P4 or (not x and sign):
        raise ValueError('no point')
    return (P4 - x if x & 1 != sign else x), y, 1


def ed448_check(public, message, signature):
    s = int.from_bytes(signature[57:], 'little')
    if len(signature) != 114 or s >= L4:
        return False
    h = hashlib.shake_256(b'SigEd448\0\0' + signature[:57] + public + message).digest(114)
    left = multiply4(s, BASE4)
    right = add4(decode_point4(signature[:57]),
                 multiply4(int.from_bytes(h, 'little') % L4, decode_point4(public)))
    return ((left[0] * right[2] - right[0] * left[2]) % P4 == 0 and
            (left[1] * right[2] - right[1] * left[2]) % P4 == 0)


# ---- ChaCha20-Poly1305 (RFC 8439) ----

def chacha_block(key, nonce, counter):
    start = struct.unpack('<16I', b'expand 32-byte k' + key + struct.pack('<I', counter) + nonce)
    s = list(start)

    def quarter(a, b, c, d):
        for x, y, z, n in ((a, b, d, 16), (c, d, b, 12), (a, b, d, 8), (c, d, b, 7)):
            s[x] = (s[x] + s[y]) & 0xffffffff
            v = s[z] ^ s[x]
            s[z] = (v << n | v >> (32 - n)) & 0xffffffff

    for _ in range(10):
        quarter(0, 4, 8, 12)
        quarter(1, 5, 9, 13)
        quarter(2, 6, 10, 14)
        quarter(3, 7, 11, 15)
        quarter(0, 5, 10, 15)
        quarter(1, 6, 11, 12)
        quarter(2, 7, 8, 13)
        quarter(3, 4, 9, 14)
    return struct.pack('<16I', *((a + b) & 0xffffffff for a, b in zip(s, start)))


def chacha(key, nonce, data):
    out = bytearray()
    for i in range(0, len(data), 64):
        stream = chacha_block(key, nonce, 1 + i // 64)
        out += bytes(a ^ b for a, b in zip(data[i:i + 64], stream))
    return bytes(out)


def poly1305_tag(key, nonce, associated, sealed):
    one_time = chacha_block(key, nonce, 0)[:32]
    r = int.from_bytes(one_time[:16], 'little') & 0x0ffffffc0ffffffc0ffffffc0fffffff
    text = associated + bytes(-len(associated) % 16) + sealed + bytes(-len(sealed) % 16)
    text += struct.pack('<QQ', len(associated), len(sealed))
    total = 0
    for i in range(0, len(text), 16):
        total = (total + int.from_bytes(text[i:i + 16] + b'\1', 'little')) * r % (2**130 - 5)
    total += int.from_bytes(one_time[16:], 'little')
    return (total % 2**128).to_bytes(16, 'little')


def seal(key, nonce, associated, data):
    sealed = chacha(key, nonce, data)
    return sealed + poly1305_tag(key, nonce, associated, sealed)


def unseal(key, nonce, associated, sealed):
    if poly1305_tag(key, nonce, associated, sealed[:-16]) != sealed[-16:]:
        raise ValueError('the tag is wrong')
    return chacha(key, nonce, sealed[:-16])
