#!/usr/bin/env python3
"""Checks agent-identity.json with an implementation of docs/spec/agent-identity.md that shares no line with Signet's.

    scripts/python-environment      # the package `cryptography`
    .build-python/bin/python3 schemas/vectors/agent_identity.py [FILE]

Beside every vector's verdict it checks that a verifier of the header's older form accepts what Signet writes, and that no
octet of a valid message's tags, signed fields or body can be changed without the verdict changing. It also does one thing at
a time, with a message on standard input: `--verify NOW NAME=TXT…` prints its verdict, `--sign NOW DOMAIN AGENT SELECTOR` writes it
with an identity, signed by the keys of the vectors.
"""

import base64
import hashlib
import json
import pathlib
import re
import sys

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

FIELD = b"x-multimail-identity"
REQUIRED = [b"from", b"to", b"cc", b"subject", b"date", b"message-id", b"in-reply-to", b"references"]
MODES = {"read_only", "gated_all", "gated_send", "monitored", "autonomous"}
LABEL = r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"
DIGEST = r"sha256:[0-9a-f]{64}"
NUMBER = r"(0|[1-9][0-9]{0,11})"
FORMS = {
    "a": r"ed25519-sha256",
    "k": r"k[1-9][0-9]{0,8}",
    "model": r"[A-Za-z0-9._~/%-]{1,512}",
    "decl": DIGEST,
    "ap": DIGEST,
    "t": NUMBER,
    "x": NUMBER,
    "n": r"[0-9a-f]{32}",
}
BINDING = ["a", "d", "s", "k", "model", "decl", "t", "x", "n", "ap", "h", "bh", "b"]
OPTIONAL = {"s", "model", "ap"}
DOMAIN = r"(?i)([a-z0-9_-]{1,63}\.)*[a-z0-9_-]{1,63}"


class Verdict(Exception):
    pass


def need(condition, verdict="fail"):
    if not condition:
        raise Verdict(verdict)


# The message: lines end in CRLF, nothing else ends one.


def split(message):
    fields, position = [], 0
    while position < len(message):
        end = message.find(b"\r\n", position)
        end = len(message) if end < 0 else end + 2
        if message[position:end] == b"\r\n":
            return fields, message[end:]
        while end < len(message) and message[end] in b" \t":
            following = message.find(b"\r\n", end)
            end = len(message) if following < 0 else following + 2
        fields.append(message[position:end])
        position = end
    return fields, b""


def name(field):
    head, colon, _ = field.partition(b":")
    return head.rstrip(b" \t").lower() if colon else b""


def relaxed(field):
    """RFC 6376 section 3.4.2, without the final CRLF."""
    if field.endswith(b"\r\n"):
        field = field[:-2]
    head, colon, value = field.partition(b":")
    value = re.sub(rb"[ \t]+", b" ", value.replace(b"\r\n", b"")).strip(b" ")
    return head.rstrip(b" \t").lower() + colon + value


def relaxed_body(body):
    """RFC 6376 section 3.4.4."""
    lines = body.split(b"\r\n")
    lines = [re.sub(rb"[ \t]+", b" ", line).rstrip(b" ") for line in lines]
    while lines and not lines[-1]:
        lines.pop()
    return b"".join(line + b"\r\n" for line in lines)


def one_author(fields):
    """The domain of the only mailbox of the only From field: as much of RFC 5322 as these messages need."""
    found = [field for field in fields if name(field) == b"from"]
    need(len(found) == 1)
    value = found[0].partition(b":")[2].replace(b"\r\n", b"").strip()
    match = re.fullmatch(rb'(?:(?:[\w.!#$%&\'*+/=?^`{|}~ -]*|"[^"\\]*"\s*)<([^<>@,\s]+)@([\w.-]+)>|([^<>@,\s]+)@([\w.-]+))', value)
    need(match)
    return (match[2] or match[4]).decode("latin-1").lower()


# Tag lists: RFC 6376 section 3.2.


def tag_list(body):
    tags = []
    for part in body.split(b";"):
        head, equals, value = part.partition(b"=")
        need(equals)
        head, value = head.strip(b" \t\r\n"), value.strip(b" \t\r\n")
        need(re.fullmatch(rb"[A-Za-z][A-Za-z0-9_]*", head))
        need(all(octet > 0x20 and octet != 0x7F or octet in b" \t\r\n" for octet in value))
        tags.append((head.decode(), value))
    need(len(tags) <= 64 and len({head for head, _ in tags}) == len(tags))
    return tags


def canonical(value, count):
    try:
        octets = base64.b64decode(value, validate=True)
    except ValueError:
        raise Verdict("fail")
    need(len(octets) == count and base64.b64encode(octets) == value)
    return octets


def good(key, signature, octets):
    try:
        Ed25519PublicKey.from_public_bytes(key).verify(signature, octets)
        return True
    except InvalidSignature:
        return False


# Keys.


def agent_key(look_up, at):
    records = look_up(at)
    need(records is not None, "temperror")
    records = [text for text in records if re.match(r"[ \t\r\n]*v[ \t\r\n]*=[ \t\r\n]*AGENTID1[ \t\r\n]*(;|$)", text)]
    need(len(records) == 1)
    tags = dict(tag_list(re.sub(rb";[ \t\r\n]*$", b"", records[0].encode())))
    need(tags.get("k") == b"ed25519" and "p" in tags)
    need(tags["p"], "revoked")
    return canonical(tags["p"], 32)


def domain_key(look_up, at):
    records = look_up(at)
    need(records is not None, "temperror")
    need(records)
    tags = dict(tag_list(re.sub(rb";[ \t\r\n]*$", b"", records[0].encode())))
    need(tags.get("v", b"DKIM1") == b"DKIM1" and "p" in tags)
    need(tags["p"], "revoked")
    need(tags.get("k", b"rsa").lower() == b"ed25519")
    key = base64.b64decode(tags["p"])
    need(len(key) == 32)
    return key


def check_claim(tags, domain, fields, look_up):
    if "s" in tags:
        selectors = [tags["s"].decode()]
    else:
        selectors = []
        for field in [field for field in fields if name(field) == b"dkim-signature"][:10]:
            try:
                other = dict(tag_list(re.sub(rb";[ \t\r\n]*$", b"", field.partition(b":")[2].rstrip(b"\r\n"))))
            except Verdict:
                continue
            if other.get("a") == b"ed25519-sha256" and other.get("d", b"").decode().lower() == domain:
                if other["s"].decode() not in selectors:
                    selectors.append(other["s"].decode())
    need(selectors)
    signature = canonical(tags["sig"], 64)
    octets = tags["agent_id"] + b":" + tags["oversight"]
    problems = []
    for selector in selectors:
        try:
            key = domain_key(look_up, f"{selector}._domainkey.{domain}")
            if good(key, signature, octets):
                return
            problems.append("fail")
        except Verdict as verdict:
            problems.append(str(verdict))
    raise Verdict("temperror" if "temperror" in problems else "revoked" if set(problems) == {"revoked"} else "fail")


def signed_octets(fields, names, unsigned):
    """Section 5."""
    octets = b"signet agent identity 2\0"
    rest = [field for field in fields if name(field) != FIELD]
    for wanted in names:
        for index in reversed(range(len(rest))):
            if name(rest[index]) == wanted:
                octets += relaxed(rest.pop(index)) + b"\r\n"
                break
    return hashlib.sha256(octets + relaxed(unsigned)).digest()


# The verdict: section 8, row by row.


def judge(message, now, look_up, met=None):
    fields, body = split(message)
    own = [field for field in fields if name(field) == FIELD]
    if not own:
        return "none"
    need(len(own) == 1 and len(own[0]) <= 8192)
    field = own[0][:-2] if own[0].endswith(b"\r\n") else own[0]
    ordered = tag_list(field.partition(b":")[2])
    tags = dict(ordered)
    need({"agent_id", "oversight", "sig"} <= tags.keys())
    need(re.fullmatch(LABEL, tags["agent_id"].decode()) and tags["oversight"].decode() in MODES)
    need("approval_ref" not in tags or re.fullmatch(r"[A-Za-z0-9._:-]{1,128}", tags["approval_ref"].decode()))
    canonical(tags["sig"], 64)

    if "v" not in tags:
        need(not set(BINDING) & tags.keys())
        check_claim(tags, one_author(fields), fields, look_up)
        return "legacy-only"

    need(tags["v"] == b"2" and all(tag in tags for tag in BINDING if tag not in OPTIONAL))
    for tag, form in FORMS.items():
        need(tag not in tags or re.fullmatch(form, tags[tag].decode("latin-1")))
    need(("ap" in tags) == ("approval_ref" in tags))
    need(re.fullmatch(DOMAIN, tags["d"].decode("latin-1")))
    domain = tags["d"].decode().lower()
    signed_at, expires_at = int(tags["t"]), int(tags["x"])
    need(0 < expires_at - signed_at <= 2_592_000)
    names = [part.strip(b" \t\r\n").lower() for part in tags["h"].split(b":")]
    need(all(names) and len(names) <= 64)
    body_hash, signature = canonical(tags["bh"], 32), canonical(tags["b"], 64)
    need(ordered[-1][0] == "b" and field.endswith(b"=" + tags["b"]))

    need(one_author(fields) == domain)
    present = [name(other) for other in fields]
    need(all(names.count(required) > present.count(required) for required in REQUIRED))
    need(signed_at <= now + 300)

    key = agent_key(look_up, f"{tags['k'].decode()}.{tags['agent_id'].decode()}._agentid.{domain}")
    need(good(key, signature, signed_octets(fields, names, field[: len(field) - len(tags["b"])])))

    check_claim(tags, domain, fields, look_up)
    need(expires_at >= now, "expired")
    need(hashlib.sha256(relaxed_body(body)).digest() == body_hash, "claims-valid-body-altered")
    need(met is None or tags["n"].decode() not in met, "replay-suspected")
    return "valid"


def verdict(message, now, look_up, met=None):
    try:
        return judge(message, now, look_up, met)
    except Verdict as reason:
        return str(reason)
    except UnicodeDecodeError:
        return "fail"


def accepted_as_of_old(header_value, public_key):
    """As anyone who holds the public key would write it."""
    tags = {}
    for part in header_value.split(";"):
        key, value = part.split("=", 1)
        tags[key.strip()] = value.strip()
    claim = f"{tags['agent_id']}:{tags['oversight']}".encode()
    Ed25519PublicKey.from_public_bytes(public_key).verify(base64.b64decode(tags["sig"]), claim)


def flipped(message, now, look_up):
    """Each octet of the identity field, the signed fields and the body changed in turn: how many were tried."""
    fields, body = split(message)
    places, position, names = [], 0, set()
    for field in fields:
        if name(field) in REQUIRED + [FIELD]:
            places += range(position, position + len(field))
            names |= set(range(position, position + len(field.partition(b":")[0])))
        position += len(field)
    places += range(position, len(message))
    tried = 0
    for place in places:
        for mask in (1, 2, 4, 8, 16, 32, 64, 128, 255):
            # The case of a field's name is no change to DKIM's relaxed form.
            if mask == 32 and place in names:
                continue
            altered = bytearray(message)
            altered[place] ^= mask
            tried += 1
            if verdict(bytes(altered), now, look_up) == "valid":
                raise SystemExit(f"valid with octet {place} ^ {mask}")
    return tried


def sign(message, now, domain, agent, selector, keys):
    """The message with an identity before it: section 3."""
    keys = {key: Ed25519PrivateKey.from_private_bytes(bytes.fromhex(keys[key]["seed"])) for key in keys}
    encoded = lambda octets: base64.b64encode(octets).decode()
    fields, body = split(message)
    present = [name(field) for field in fields]
    names = [required for required in REQUIRED for _ in range(present.count(required) + 1)]
    claim = f"{agent}:monitored"
    field = (
        f"X-MultiMail-Identity: agent_id={agent}; oversight=monitored;\r\n"
        f" sig={encoded(keys['domain'].sign(claim.encode()))};\r\n"
        f" v=2; a=ed25519-sha256; d={domain}; s={selector}; k=k1;\r\n"
        f" decl=sha256:{hashlib.sha256(claim.encode()).hexdigest()};\r\n"
        f" t={now}; x={now + 3600}; n={hashlib.sha256(message).hexdigest()[:32]};\r\n"
        f" h={':'.join(name.decode() for name in names)};\r\n"
        f" bh={encoded(hashlib.sha256(relaxed_body(body)).digest())};\r\n b="
    ).encode()
    signature = keys["agent"].sign(signed_octets(fields, names, field))
    return field + encoded(signature).encode() + b"\r\n" + message


def main(path):
    document = json.loads(pathlib.Path(path).read_text(encoding="utf-8"))
    wrong = 0
    for vector in document["vectors"]:
        look_up = lambda at, dns=vector["dns"]: dns.get(at, {"txt": []}).get("txt")
        message = vector["message"].encode()
        found = verdict(message, vector["now"], look_up, vector.get("nonces_met"))
        if found != vector["verdict"]:
            wrong += 1
            print(f"{vector['name']}: {found}, not {vector['verdict']}")
        if vector["verdict"] in ("valid", "legacy-only", "claims-valid-body-altered"):
            field = next(field for field in split(message)[0] if name(field) == FIELD)
            accepted_as_of_old(
                field.partition(b":")[2].decode(), base64.b64decode(document["keys"]["domain"]["public_key"]))
    if wrong:
        raise SystemExit(f"{wrong} of {len(document['vectors'])} verdicts differ")
    first = document["vectors"][0]
    tried = flipped(first["message"].encode(), first["now"], lambda at: first["dns"].get(at, {"txt": []}).get("txt"))
    print(f"{len(document['vectors'])} vectors, {tried} changed octets: all agree")


if __name__ == "__main__":
    if sys.argv[1:2] == ["--verify"]:
        zone = {}
        for entry in sys.argv[3:]:
            at, _, text = entry.partition("=")
            zone.setdefault(at, []).append(text)
        print(verdict(sys.stdin.buffer.read(), int(sys.argv[2]), lambda at: zone.get(at, [])))
    elif sys.argv[1:2] == ["--sign"]:
        keys = json.loads(pathlib.Path(__file__).with_name("agent-identity.json").read_text(encoding="utf-8"))["keys"]
        sys.stdout.buffer.write(sign(sys.stdin.buffer.read(), int(sys.argv[2]), *sys.argv[3:6], keys))
    else:
        main(sys.argv[1] if len(sys.argv) > 1 else pathlib.Path(__file__).with_name("agent-identity.json"))
