/// What somebody writes who uses the HTTP API from Python and has only docs/api.md.
enum APIUser {
    /// Arguments: the URL, PowerDNS' API and its zone, the sink's folder. TOKEN_DOMAINS, TOKEN_SEND and PDNS_KEY have the
    /// secrets. Ends with an error at the first surprise.
    static let script = """
        import base64, json, os, pathlib, sys, time
        from email import message_from_bytes, policy
        import requests
        from cryptography.hazmat.primitives.serialization import load_der_public_key

        api, dns, zone, mail = sys.argv[1:]
        domains, sender = requests.Session(), requests.Session()
        domains.headers["Authorization"] = f"Bearer {os.environ['TOKEN_DOMAINS']}"
        sender.headers["Authorization"] = f"Bearer {os.environ['TOKEN_SEND']}"

        # 1. Configure.
        wanted = {"domain": zone, "dkim_key_type": "rsa2048", "dmarc_policy": "reject",
                  "dmarc_rua": f"mailto:dmarc@{zone}"}
        answer = domains.post(f"{api}/v1/domains", json=wanted)
        assert answer.status_code == 201, answer.text
        domain = answer.json()
        assert answer.headers["Location"] == f"/v1/domains/{domain['id']}"
        assert domain["status"] == "unverified" and domain["selector"] == "signet1", domain
        assert domain["missing_keys"] == [], domain

        # 2. Print the records.
        for record in domain["dns_records"]:
            print(record["name"], record["type"], record["value"])

        # 3. Publish them, at a provider that wants strings of 255 octets in quotes.
        def quoted(text):
            return " ".join(f'"{text[i:i + 255]}"' for i in range(0, len(text), 255))

        published = requests.patch(
            f"{dns}/zones/{zone}.", headers={"X-API-Key": os.environ["PDNS_KEY"]},
            json={"rrsets": [
                {"name": record["name"] + ".", "type": record["type"], "ttl": record["ttl"], "changetype": "REPLACE",
                 "records": [{"content": quoted(record["value"]), "disabled": False}]}
                for record in domain["dns_records"]]})
        published.raise_for_status()

        # 4. Poll until it is aligned, and the agent's key is everywhere too.
        deadline = time.monotonic() + 60
        while True:
            answer = domains.post(f"{api}/v1/domains/{domain['id']}/verify")
            answer.raise_for_status()
            state = answer.json()
            assert set(state["checks"]) == {"spf", "dkim", "dmarc", "alignment"} and state["detail"], state
            if state["status"] == "aligned" and not state["waiting_for_agents"]: break
            assert state["status"] != "misaligned" and time.monotonic() < deadline, state
            time.sleep(0.5)
        assert set(state["checks"].values()) == {"pass"}, state

        # What a client has it need not load again, until it changes.
        first = domains.get(f"{api}/v1/domains/{domain['id']}")
        assert first.json()["status"] == "aligned", first.text
        again = domains.get(f"{api}/v1/domains/{domain['id']}", headers={"If-None-Match": first.headers["ETag"]})
        assert again.status_code == 304 and not again.content, again.text

        # 5. Send.
        sent = sender.post(f"{api}/v1/send_email", json={
            "agent_id": "helper", "to": "Ada <ada@example.net>", "subject": "Hello", "text": "It works.",
            "idempotency_key": "hello-1"})
        assert sent.status_code == 200, sent.text
        authentication = sent.json()["authentication"]
        assert [authentication[part] for part in ("spf", "dkim", "dmarc")] == ["pass"] * 3, authentication
        assert authentication["identity_signed"] is True, authentication

        # 6. Fetch the key: anybody may.
        key = requests.get(f"{api}/v1/identity/pubkey/helper")
        key.raise_for_status()
        public = load_der_public_key(base64.b64decode(key.json()["public_key_der"]))

        # 7. Verify the header of what arrived.
        lines = pathlib.Path(mail, "messages.jsonl").read_text().splitlines()
        assert len(lines) == 1, lines
        message = message_from_bytes(pathlib.Path(mail, json.loads(lines[0])["file"]).read_bytes(), policy=policy.SMTP)
        tags = {}
        for part in str(message["X-MultiMail-Identity"]).split(";"):
            name, _, value = part.partition("=")
            tags[name.strip()] = "".join(value.split())
        public.verify(base64.b64decode(tags["sig"]), f"{tags['agent_id']}:{tags['oversight']}".encode())
        assert tags["agent_id"] == "helper" and tags["oversight"] == "autonomous", tags
        print("verified")
        """
}
