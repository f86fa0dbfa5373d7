/// The web page's style sheet: light or dark as the reader's system is.
enum WebStyle {
    static let text = """
        :root {
          color-scheme: light dark;
          --ground: #fff; --ink: #1b1b1f; --soft: #5b5b66; --line: #d5d5de; --panel: #f5f5f8; --link: #1a4fb4;
          --good: #14612b; --bad: #a01818; --caution: #7a4b00; --unseen: #ffd9d6; --lookalike: #ffe9a8; --mark: #1b1b1f;
        }
        @media (prefers-color-scheme: dark) {
          :root {
            --ground: #16161a; --ink: #ececf1; --soft: #a9a9b6; --line: #3a3a45; --panel: #202027; --link: #9dbcff;
            --good: #86d69a; --bad: #ff9b93; --caution: #f0c36d; --unseen: #6b1f1a; --lookalike: #5d4700; --mark: #fff;
          }
        }
        * { box-sizing: border-box; }
        body { margin: 0; background: var(--ground); color: var(--ink); font: 1rem/1.5 system-ui, sans-serif; }
        header, main, footer { max-width: 60rem; margin: 0 auto; padding: 0.75rem 1rem; }
        header { display: flex; flex-wrap: wrap; gap: 1rem; align-items: center; border-bottom: 1px solid var(--line); }
        header nav { flex: 1; display: flex; gap: 1rem; }
        a { color: var(--link); }
        a[aria-current] { color: inherit; font-weight: 600; text-decoration: none; }
        .skip { position: absolute; left: -100rem; }
        .skip:focus { left: 1rem; background: var(--ground); padding: 0.5rem; }
        :focus-visible { outline: 3px solid var(--link); outline-offset: 2px; }
        h1 { font-size: 1.5rem; margin: 0.5rem 0; overflow-wrap: anywhere; }
        h2 { font-size: 1.15rem; margin: 1.5rem 0 0.5rem; }
        table { border-collapse: collapse; width: 100%; }
        caption { text-align: left; color: var(--soft); }
        th, td { text-align: left; vertical-align: top; padding: 0.4rem 0.5rem; border-bottom: 1px solid var(--line);
          overflow-wrap: anywhere; }
        dl { display: grid; grid-template-columns: minmax(7rem, max-content) 1fr; gap: 0.2rem 1rem; margin: 0.5rem 0; }
        dt { color: var(--soft); }
        dd { margin: 0; overflow-wrap: anywhere; white-space: pre-wrap; }
        pre, code, textarea { font-family: ui-monospace, monospace; font-size: 0.9rem; }
        pre { background: var(--panel); border: 1px solid var(--line); padding: 0.75rem; white-space: pre-wrap;
          overflow-wrap: anywhere; direction: ltr; unicode-bidi: isolate; }
        bdi { unicode-bidi: isolate; }
        section.part { border-left: 3px solid var(--line); padding-left: 1rem; margin: 1rem 0; }
        mark { color: var(--mark); border-radius: 0.2rem; padding: 0 0.1rem; }
        mark.unseen { background: var(--unseen); font-family: ui-monospace, monospace; font-size: 0.85em; }
        mark.lookalike { background: var(--lookalike); }
        mark .code { font-size: 0.7em; font-family: ui-monospace, monospace; }
        .good { color: var(--good); font-weight: 600; }
        .bad { color: var(--bad); font-weight: 600; }
        .caution { color: var(--caution); font-weight: 600; }
        .soft { color: var(--soft); }
        .notice { border: 1px solid currentColor; border-radius: 0.3rem; padding: 0.5rem 0.75rem; }
        .notice:empty { border: 0; margin: 0; padding: 0; }
        fieldset { border: 1px solid var(--line); border-radius: 0.3rem; margin: 1rem 0; }
        label { display: block; margin: 0.5rem 0 0.2rem; }
        textarea, input[type=password] { width: 100%; padding: 0.4rem; background: var(--panel); color: inherit;
          border: 1px solid var(--soft); }
        button { font: inherit; padding: 0.4rem 1.2rem; margin: 0.75rem 0.75rem 0.25rem 0; border-radius: 0.3rem;
          border: 1px solid var(--soft); background: var(--panel); color: inherit; cursor: pointer; }
        button.approve { border-color: var(--good); color: var(--good); font-weight: 600; }
        button.deny { border-color: var(--bad); color: var(--bad); font-weight: 600; }
        header form button { margin: 0; }
        [hidden] { display: none; }
        """
}
