"""dkimpy as a peer: reads jobs from standard input, one a line, and answers each with one line.

    dkim-verify FILE                                        one word a signature, from the top down
    dkim-sign FILE OUT PEM DOMAIN SELECTOR ALGORITHM C      C is header/body
    arc-verify FILE                                         the chain's verdict
    arc-seal FILE OUT PEM DOMAIN SELECTOR SERVER

Keys are looked up at the name server that SIGNET_DNS names, HOST:PORT. An Ed25519 PEM is read for its seed, because
dkimpy wants that in base64.
"""
import base64, os, sys
import dkim, dns.exception, dns.resolver

if sys.argv[1:] == ["--version"]:
    from importlib.metadata import version
    print("dkimpy " + version("dkimpy"))
    sys.exit()

host, port = os.environ["SIGNET_DNS"].rsplit(":", 1)
resolver = dns.resolver.Resolver(configure=False)
resolver.nameservers, resolver.port = [host], int(port)


# dkimpy would wait five seconds, which a name server in a busy test process may need.
def txt(name, timeout=30):
    try:
        answer = resolver.resolve(name.decode() if isinstance(name, bytes) else name, "TXT", lifetime=max(timeout, 30))
    except dns.exception.DNSException:
        return None
    return b"".join(answer[0].strings)


def read(path):
    with open(path, "rb") as file:
        return file.read()


def private_key(path, algorithm):
    pem = read(path)
    if algorithm != "ed25519-sha256":
        return pem
    # RFC 8410 §7: the last 32 octets of the PKCS#8 structure are the seed.
    der = base64.b64decode(b"".join(line for line in pem.splitlines() if not line.startswith(b"-")))
    return base64.b64encode(der[-32:])


def dkim_verify(path):
    message = read(path)
    verifier = dkim.DKIM(message)
    count = sum(1 for name, _ in verifier.headers if name.lower() == b"dkim-signature")
    words = []
    for index in range(count):
        try:
            words.append("pass" if dkim.DKIM(message).verify(idx=index, dnsfunc=txt) else "fail")
        except dkim.DKIMException as error:
            words.append("error:" + type(error).__name__)
    return ",".join(words) or "none"


def dkim_sign(path, out, pem, domain, selector, algorithm, canonicalization):
    message = read(path)
    field = dkim.DKIM(message).sign(
        selector.encode(), domain.encode(), private_key(pem, algorithm), signature_algorithm=algorithm.encode(),
        canonicalize=tuple(word.encode() for word in canonicalization.split("/")))
    with open(out, "wb") as file:
        file.write(field + message)
    return "ok"


def arc_verify(path):
    verdict, _, reason = dkim.ARC(read(path)).verify(dnsfunc=txt)
    return verdict.decode() + ("" if verdict == b"pass" else " " + str(reason))


def arc_seal(path, out, pem, domain, selector, server):
    message = read(path)
    fields = dkim.ARC(message).sign(selector.encode(), domain.encode(), read(pem), server.encode())
    with open(out, "wb") as file:
        file.write(b"".join(fields) + message)
    return "ok"


jobs = {"dkim-verify": dkim_verify, "dkim-sign": dkim_sign, "arc-verify": arc_verify, "arc-seal": arc_seal}
for line in sys.stdin:
    name, *arguments = line.rstrip("\n").split("\t")
    try:
        print(jobs[name](*arguments), flush=True)
    except Exception as error:
        print(f"error:{type(error).__name__}: {error}".replace("\n", " "), flush=True)
