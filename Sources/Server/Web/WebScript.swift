/// The web page's only script: it signs the statement that the page shows with the approver's key, in the browser.
///
/// The key's field has no name, so that no form sends it, and the page's policy allows no other request. The key is
/// imported as one that cannot be taken out again, and forgotten once it has signed.
enum WebScript {
    static let text = #"""
        "use strict";
        (() => {
          const focus = document.querySelector("[data-focus]");
          if (focus) focus.focus();
          const form = document.getElementById("sign");
          if (!form) return;
          const outcome = document.getElementById("outcome");
          const keyText = document.getElementById("key");
          const keyFile = document.getElementById("key-file");
          const say = (text) => { outcome.textContent = text; };
          if (!window.isSecureContext || !crypto.subtle) {
            say("This browser signs only on pages that came over HTTPS or from this machine. Use the command below.");
            return;
          }
          form.hidden = false;

          const decode = (base64) => Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));
          const encode = (octets) => btoa(String.fromCharCode(...octets));

          // RFC 8410 §7: a PKCS #8 structure around the 32 octets of an Ed25519 key.
          const prefix = [0x30, 0x2e, 2, 1, 0, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 4, 0x22, 4, 0x20];

          // The command does not ask for a passphrase either.
          const locked = "This key has a passphrase, which Signet does not ask for. Unlock a copy that only you can read: ";

          // PROTOCOL.key of OpenSSH: a magic, then texts after their length in four octets.
          const openSSH = (octets) => {
            const view = new DataView(octets.buffer, octets.byteOffset, octets.byteLength);
            const ascii = (part) => String.fromCharCode(...part);
            let at = 15;
            const number = () => { at += 4; return view.getUint32(at - 4); };
            const text = () => {
              const length = number();
              if (at + length > octets.length) throw new Error("This OpenSSH key is not whole.");
              at += length;
              return octets.subarray(at - length, at);
            };
            if (ascii(octets.subarray(0, 14)) !== "openssh-key-v1") throw new Error("This is no OpenSSH key.");
            const cipher = ascii(text());
            text(); text();
            if (cipher !== "none") {
              throw new Error(locked + "ssh-keygen -p -N '' -f COPY");
            }
            if (number() !== 1) throw new Error("This file holds several keys.");
            text();
            const length = number();
            if (at + length > octets.length) throw new Error("This OpenSSH key is not whole.");
            if (number() !== number()) throw new Error("This OpenSSH key is damaged.");
            if (ascii(text()) !== "ssh-ed25519") throw new Error("An Ed25519 key is wanted; this is another kind.");
            text();
            const secret = text();
            if (secret.length !== 64) throw new Error("This OpenSSH key is damaged.");
            return Uint8Array.from([...prefix, ...secret.subarray(0, 32)]);
          };

          const importKey = async (pem) => {
            const found = /-----BEGIN ([A-Z ]+)-----([A-Za-z0-9+\/=\s]+)-----END \1-----/.exec(pem);
            if (!found) throw new Error("A key in PEM is wanted: it begins with -----BEGIN.");
            const octets = decode(found[2].replace(/\s+/g, ""));
            let pkcs8;
            if (found[1] === "PRIVATE KEY") pkcs8 = octets;
            else if (found[1] === "OPENSSH PRIVATE KEY") pkcs8 = openSSH(octets);
            else if (/ENCRYPTED/.test(pem)) throw new Error(locked + "openssl pkey -in KEY -out COPY");
            else throw new Error("A private key is wanted: PKCS #8, or OpenSSH's form.");
            try {
              return await crypto.subtle.importKey("pkcs8", pkcs8, "Ed25519", false, ["sign"]);
            } catch {
              throw new Error("The key cannot be used: an Ed25519 key is wanted, and a browser that knows them.");
            } finally {
              octets.fill(0);
              pkcs8.fill(0);
            }
          };

          // The statement whose approver this key is, signed: the signature must hold with the approver's public key.
          const sign = async (key, answer) => {
            for (const offer of document.querySelectorAll("[data-payload]")) {
              if (offer.dataset.answer !== answer) continue;
              const octets = decode(offer.dataset.signed);
              const signature = new Uint8Array(await crypto.subtle.sign("Ed25519", key, octets));
              const publicKey = await crypto.subtle.importKey(
                "raw", decode(offer.dataset.publicKey), "Ed25519", true, ["verify"]);
              if (await crypto.subtle.verify("Ed25519", publicKey, signature, octets)) {
                return { payload: offer.dataset.payload, signature: encode(signature) };
              }
            }
            throw new Error("This key is none of an approver's who may answer. Nothing was sent.");
          };

          form.addEventListener("submit", async (event) => {
            event.preventDefault();
            const answer = event.submitter ? event.submitter.value : "";
            say("");
            try {
              const file = keyFile.files[0];
              if (file && file.size > 65536) throw new Error("The file is too large for a key.");
              const pem = keyText.value.trim() || (file ? await file.text() : "");
              if (!pem) throw new Error("Paste your key, or choose its file, first.");
              const signed = await sign(await importKey(pem), answer);
              keyText.value = "";
              keyFile.value = "";
              form.elements.payload.value = signed.payload;
              form.elements.signature.value = signed.signature;
              say("Signed. Handing it in.");
              form.submit();
            } catch (error) {
              say(error instanceof Error ? error.message : "It could not be signed.");
              keyText.focus();
            }
          });
        })();
        """#
}
