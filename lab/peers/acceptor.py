"""The accepting side of NTLM with message protection (MS-NLMP 3.3.2, 3.4), for
the mocks that speak HTTP and RPC. It knows the accounts of its configuration and
nobody else; who came and how it ended is written to the log of log-ins."""
import hashlib
import hmac
import json
import os
import struct

import logon
from Cryptodome.Cipher import ARC4

SIGNATURE = logon.SIGNATURE
FLAGS = 0x628A8235  # those of logon.challenge, and to sign and to seal


def configure(config):
    logon.CONFIG.update(config)


class Acceptor:
    """One context: token() twice, then seal() and unseal()."""

    def __init__(self):
        self.nonce, self.user, self.right = os.urandom(8), "", False

    def token(self, message, carrier, port, client):
        """The challenge, or None when the client has answered: self.right tells how."""
        if message[8] == 1:
            raw = bytearray(logon.challenge(self.nonce))
            raw[20:24] = struct.pack("<L", FLAGS)
            return bytes(raw)

        def field(at):
            n, _, off = struct.unpack("<HHL", message[at:at + 8])
            return message[off:off + n]
        answer, domain, self.user, host = field(20), field(28).decode("utf-16le"), field(36).decode("utf-16le"), field(44).decode("utf-16le")
        password = logon.CONFIG["accounts"].get(self.user, "")
        key = hmac.new(logon.md4(password.encode("utf-16le")), (self.user.upper() + domain).encode("utf-16le"), hashlib.md5).digest()
        self.right = bool(password) and hmac.new(key, self.nonce + answer[16:], hashlib.md5).digest() == answer[:16]
        session = hmac.new(key, answer[:16], hashlib.md5).digest()
        if struct.unpack("<L", message[60:64])[0] & 0x40000000:
            session = ARC4.new(session).decrypt(field(52))
        way = "session key to %s %s key magic constant\0"
        made = {(a, b): hashlib.md5(session + (way % (a, b)).encode()).digest() for a in ("server-to-client", "client-to-server") for b in ("signing", "sealing")}
        self.sign, self.verify = made["server-to-client", "signing"], made["client-to-server", "signing"]
        self.out, self.into = ARC4.new(made["server-to-client", "sealing"]), ARC4.new(made["client-to-server", "sealing"])
        self.sent = self.got = 0
        note(logon={"kind": "ntlm", "carrier": carrier, "client": client, "server": "", "proto": "tcp", "port": port, "user": self.user, "domain": domain,
                    "workstation": host, "outcome": "granted" if self.right else "refused", "count": 1})
        return None

    def seal(self, text, whole=None):
        """Text sealed, and the signature over what is signed (the text, or more)."""
        sealed = self.out.encrypt(text)
        mac = hmac.new(self.sign, struct.pack("<L", self.sent) + (text if whole is None else whole), hashlib.md5).digest()[:8]
        self.sent += 1
        return sealed, struct.pack("<L", 1) + self.out.encrypt(mac) + struct.pack("<L", self.sent - 1)

    def unseal(self, sealed, signature, before=b"", behind=b""):
        text = self.into.decrypt(sealed)
        mac = self.into.encrypt(hmac.new(self.verify, struct.pack("<L", self.got) + before + text + behind, hashlib.md5).digest()[:8])
        self.got += 1
        if mac != signature[4:12]:
            raise ValueError("a signature is wrong")
        return text


def note(**what):
    with open(logon.CONFIG["log"], "a") as f:
        f.write(json.dumps(what) + "\n")
