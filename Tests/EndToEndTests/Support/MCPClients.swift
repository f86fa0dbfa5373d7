/// What other people's clients do with the tools: the official SDK and FastMCP, over both transports, in both eras.
enum MCPClients {
    /// Arguments: the URL, the binary, the workspace. SIGNET_TOKEN has the token. Prints a line of JSON for each client, and
    /// ends with an error at the first surprise.
    static let script = """
        import asyncio, contextlib, json, os, sys
        import httpx2
        import fastmcp
        from fastmcp.client.transports import StdioTransport, StreamableHttpTransport
        from mcp.client.client import Client
        from mcp.client.stdio import StdioServerParameters, stdio_client
        from mcp.client.streamable_http import streamable_http_client

        url, binary, folder = sys.argv[1:]
        token = os.environ["SIGNET_TOKEN"]
        field = {"Authorization": f"Bearer {token}"}
        original = "\\r\\n".join([
            "From: Ada <ada@example.net>", "To: free@s.test", "Subject: A question", "Message-ID: <q1@example.net>",
            "Date: Tue, 24 Nov 2026 12:00:00 +0000", "", "How much is it?", ""])

        @contextlib.asynccontextmanager
        async def official(transport, mode, log):
            if transport == "stdio":
                server = StdioServerParameters(
                    command=binary, args=["mcp"], cwd=folder, env={"SIGNET_TOKEN": token})
                async with Client(stdio_client(server, errlog=log), mode=mode) as client:
                    yield client.protocol_version, client.list_tools, client.call_tool
            else:
                async with httpx2.AsyncClient(headers=field, timeout=60) as http:
                    async with Client(streamable_http_client(url + "/mcp", http_client=http), mode=mode) as client:
                        yield client.protocol_version, client.list_tools, client.call_tool

        @contextlib.asynccontextmanager
        async def fast(transport, mode, log):
            if transport == "stdio":
                there = StdioTransport(
                    command=binary, args=["mcp"], cwd=folder, env={"SIGNET_TOKEN": token}, keep_alive=False,
                    log_file=log)
            else:
                there = StreamableHttpTransport(url + "/mcp", headers=field)
            async with fastmcp.Client(there, mode=mode) as client:
                yield client.session.protocol_version, client.list_tools_mcp, client.call_tool_mcp

        def expect(holds, what):
            if not holds: raise AssertionError(what)

        def error(result):
            expect(result.is_error and result.structured_content is None, result)
            return json.loads(result.content[0].text)["error"]

        async def play(connect, transport, mode, log):
            name = f"{connect.__name__}-{transport}-{mode}"
            async with connect(transport, mode, log) as (version, list_tools, call):
                async def good(tool, arguments):
                    result = await call(tool, arguments)
                    expect(not result.is_error, result)
                    expect(json.loads(result.content[0].text) == result.structured_content, result)
                    return result.structured_content

                tools = {tool.name: tool for tool in (await list_tools()).tools}
                for tool in tools.values():
                    expect(tool.input_schema and tool.output_schema and tool.annotations, tool)
                domains = await good("list_domains", {})
                expect({"domain": "s.test", "sends": True, "dmarc_policy": "none"} in domains["domains"], domains)
                zone = f"{name}.example"
                wanted = {"domain": zone, "dmarc_policy": "quarantine", "dmarc_rua": [f"mailto:dmarc@{zone}"]}
                made = await good("configure_domain", wanted)
                expect(made["id"] == zone and made["status"] == "unverified" and made["source"] == "api", made)
                names = {record["name"] for record in made["dns_records"]}
                expect(names == {zone, f"signet1._domainkey.{zone}", f"signet2._domainkey.{zone}", f"_dmarc.{zone}"}, made)
                expect(await good("configure_domain", wanted) == made, made)
                listed = await good("list_domains", {})
                expect({"domain": zone, "sends": True, "dmarc_policy": "quarantine"} in listed["domains"], listed)
                otherwise = error(await call("configure_domain", {"domain": zone, "dmarc_policy": "reject"}))
                expect(otherwise["code"] == "conflict" and otherwise["fix"], otherwise)
                address = error(await call("configure_domain", {"domain": zone, "dmarc_rua": ["dmarc@b.example"]}))
                expect([e["field"] for e in address["errors"]] == ["dmarc_rua[0]"], address)
                state = await good("verify_domain_alignment", {"domain": "s.test"})
                expect(state["status"] == "aligned" and state["checks"]["dmarc"] == "pass", state)
                agents = await good("list_agents", {"limit": 2})
                expect(len(agents["agents"]) == 2 and agents["next_cursor"], agents)
                rest = await good("list_agents", {"limit": 2, "cursor": agents["next_cursor"]})
                expect([a["agent_id"] for a in rest["agents"]] == ["silent"], rest)

                message = {"agent_id": "free", "to": ["Ada <ada@example.net>"], "subject": name, "text": "Hello.",
                           "idempotency_key": name}
                sent = await good("send_email", message)
                expect(sent["status"] == "sent" and sent["authentication"]["dmarc"] == "pass", sent)
                again = await good("send_email", message)
                expect(again["repeated"] and again["message_id"] == sent["message_id"], again)
                reply = await good("reply_email", {
                    "agent_id": "free", "original": original, "text": "Nothing.", "quote": True})
                expect(reply["status"] == "sent", reply)
                expect([r["address"] for r in reply["recipients"]] == ["ada@example.net"], reply)
                held = await good("send_email", {
                    "agent_id": "gated", "to": ["ada@example.net"], "subject": name, "text": "Held."})
                expect(held["status"] == "held" and held["approval_id"], held)
                later = await good("get_message", {"message_id": held["message_id"]})
                expect(later["status"] == "held", later)
                log_page = await good("query_audit_log", {"message_id": held["message_id"], "kind": "gate.held"})
                expect(len(log_page["entries"]) == 1, log_page)

                wrong = error(await call("send_email", {
                    "agent_id": "free", "to": ["ada@example.net", "b"], "text": "x"}))
                expect(wrong["code"] == "invalid_request" and wrong["errors"][0]["field"] == "to[1]", wrong)
                expect(wrong["errors"][0]["reason"] and wrong["fix"], wrong)
                unknown = error(await call("send_email", {"agent_id": "free", "to": ["a@b.example"], "subjet": "x"}))
                expect(unknown["errors"][0]["field"] == "subjet", unknown)
                both = error(await call("reply_email", {"agent_id": "free", "text": "x", "quote": "yes"}))
                expect({e["field"] for e in both["errors"]} == {"original", "quote"}, both)
                number = error(await call("list_agents", {"limit": "2"}))
                expect(number["errors"][0]["field"] == "limit", number)
                refused = error(await call("send_email", {
                    "agent_id": "silent", "to": ["ada@example.net"], "subject": name, "text": "Never."}))
                expect(refused["code"] == "refused" and refused["decision"] == "refuse.read_only", refused)
                scope = error(await call("list_pending", {}))
                expect(scope["code"] == "scope_missing", scope)
                domain = error(await call("verify_domain_alignment", {"domain": "other.test"}))
                expect(domain["code"] == "not_found", domain)
                nothing = error(await call("get_message", {"message_id": "x"}))
                expect(nothing["code"] == "not_found", nothing)
                try:
                    await call("approve", {})
                    expect(False, "there is a tool to approve with")
                except Exception as problem:
                    expect("no such tool" in str(problem), problem)
            print(json.dumps({"client": name, "version": version, "tools": sorted(tools)}), flush=True)

        async def main():
            with open(os.path.join(folder, "mcp.log"), "w") as log:
                for connect in [official, fast]:
                    for transport in ["http", "stdio"]:
                        for mode in ["auto", "legacy"]:
                            await play(connect, transport, mode, log)

        asyncio.run(main())
        """
}
