"""rspamd as a peer: reads jobs from standard input, one a line, and answers each with one line. The jobs are those of
dkimpy.py. SIGNET_RSPAMD is the HOST:PORT of a worker that runs with rspamd.conf.
"""
import base64, http.client, json, os, sys

address = os.environ.get("SIGNET_RSPAMD", "")
# What the module found of a signature, by symbol; each has one option a signature, DOMAIN:s=SELECTOR.
words = {
    "R_DKIM_ALLOW": "pass", "R_DKIM_REJECT": "fail", "R_DKIM_PERMFAIL": "error:permerror",
    "R_DKIM_TEMPFAIL": "error:temperror"}

# Who handed the message over, as an MTA tells rspamd. Without it the topmost Received field is believed, and what a relay on
# loopback, or one that asked for a password, passed on is not looked at.
client = {"IP": "192.0.2.10"}


def read(path):
    with open(path, "rb") as file:
        return file.read()


def check(path, headers={}):
    host, port = address.rsplit(":", 1)
    connection = http.client.HTTPConnection(host, int(port), timeout=30)
    connection.request("POST", "/checkv2", read(path), headers)
    response = connection.getresponse()
    answer = json.loads(response.read())
    connection.close()
    if response.status != 200:
        raise RuntimeError(answer.get("error", response.status))
    return answer


def dkim_verify(path):
    symbols = check(path, client)["symbols"]
    return ",".join(word for symbol, word in words.items() for _ in symbols.get(symbol, {}).get("options", [])) or "none"


def dkim_sign(path, out, pem, domain, selector, algorithm, canonicalization):
    if canonicalization != "relaxed/relaxed":
        return "error:unsupported canonicalization"
    key = read(pem)
    body = b"".join(line for line in key.splitlines() if not line.startswith(b"-"))
    # RFC 8410 §7: the last 32 octets of an Ed25519 PKCS#8 structure are the seed.
    text = base64.b64encode(base64.b64decode(body)[-32:]) if algorithm == "ed25519-sha256" else body
    answer = check(path, {
        "PerformDkimSign": "yes", "DkimDomain": domain, "DkimSelector": selector, "DkimPrivateKey": text.decode()})
    field = answer.get("dkim-signature")
    if not field:
        return "error:not signed"
    value = field if isinstance(field, str) else field[0]
    value = "\r\n".join(value.replace("\r\n", "\n").split("\n"))
    with open(out, "wb") as file:
        file.write(b"DKIM-Signature: " + value.encode() + b"\r\n" + read(path))
    return "ok"


def arc_verify(path):
    symbols = check(path, client)["symbols"]
    for symbol, word in [("ARC_ALLOW", "pass"), ("ARC_REJECT", "fail"), ("ARC_INVALID", "fail"), ("ARC_NA", "none")]:
        if symbol in symbols:
            return word if word == "pass" else f"{word} {symbols[symbol].get('options', '')}"
    return "error:no ARC symbol"


jobs = {"dkim-verify": dkim_verify, "dkim-sign": dkim_sign, "arc-verify": arc_verify}
for line in sys.stdin:
    name, *arguments = line.rstrip("\n").split("\t")
    try:
        print(jobs[name](*arguments), flush=True)
    except KeyError:
        print("error:unsupported job " + name, flush=True)
    except Exception as error:
        print(f"error:{type(error).__name__}: {error}".replace("\n", " "), flush=True)
