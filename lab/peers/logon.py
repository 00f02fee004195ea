"""Servers that ask who somebody is: HTTP with Negotiate and NTLM, mail with NTLM.

    logon.py serve CONFIG.json    HTTP on 80, SMTP on 25
    logon.py ldap JOB.json        binds to a directory with NTLM (Samba's client)

Tickets are checked by GSSAPI with the keytab of the environment, NTLM answers
against the one known password (MS-NLMP 3.3.2). Every log-in is written to the
server's own log as the truth has it.
"""
import base64
import hashlib
import hmac
import json
import os
import socketserver
import struct
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

CONFIG = {}
SIGNATURE = b"NTLMSSP\0"


def log(**logon):
    logon["count"] = 1
    with open(CONFIG["log"], "a") as f:
        f.write(json.dumps({"logon": logon}) + "\n")


def challenge(nonce):
    """CHALLENGE_MESSAGE (MS-NLMP 2.2.1.2) of the server's names."""
    def av(kind, text):
        b = text.encode("utf-16le")
        return struct.pack("<HH", kind, len(b)) + b
    target = CONFIG["domain"].encode("utf-16le")
    info = av(2, CONFIG["domain"]) + av(1, CONFIG["netbios"]) + av(4, CONFIG["zone"]) + av(3, CONFIG["netbios"].lower() + "." + CONFIG["zone"]) + struct.pack("<HH", 0, 0)
    return (SIGNATURE + struct.pack("<LHHLL", 2, len(target), len(target), 56, 0x628A8205) + nonce + b"\0" * 8 +
            struct.pack("<HHL", len(info), len(info), 56 + len(target)) + struct.pack("<BBHBBBB", 10, 0, 17763, 0, 0, 0, 15) + target + info)


def md4(data):
    from Cryptodome.Hash import MD4
    return MD4.new(data).digest()


def authenticate(message, nonce):
    """Reads an AUTHENTICATE_MESSAGE (2.2.1.3) and checks its NTLMv2 answer."""
    def field(at):
        n, _, off = struct.unpack("<HHL", message[at:at + 8])
        return message[off:off + n]
    answer, domain, user, host = field(20), field(28).decode("utf-16le"), field(36).decode("utf-16le"), field(44).decode("utf-16le")
    key = hmac.new(md4(CONFIG["password"].encode("utf-16le")), (user.upper() + domain).encode("utf-16le"), hashlib.md5).digest()
    right = hmac.new(key, nonce + answer[16:], hashlib.md5).digest() == answer[:16] and user == CONFIG["user"]
    return right, user, domain, host


class Web(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version, sys_version = "LazaretLab/1.0", ""

    def setup(self):
        super().setup()
        self.nonce, self.known = None, False

    def log_message(self, *args):
        pass

    def answer(self, code, body=b"", kind="text/plain", **headers):
        self.send_response(code)
        for k, v in headers.items():
            self.send_header(k.replace("_", "-"), v)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def offered(self):
        return "NTLM" if self.path == "/ntlm" else "Negotiate"

    def ask(self):
        self.answer(401, b"who are you?\n", WWW_Authenticate=self.offered())

    def granted(self):
        """Tells whether the request may be answered; if not, it has been."""
        scheme, _, word = self.headers.get("Authorization", "").partition(" ")
        base = {"carrier": "http", "proto": "tcp", "port": self.server.server_address[1]}
        if self.known and not word:
            return True
        if not word or scheme not in ("NTLM", "Negotiate"):
            self.ask()
            return False
        token = base64.b64decode(word)
        if SIGNATURE in token:
            return self.ntlm(scheme, token[token.index(SIGNATURE):], base)
        import gssapi
        try:
            context = gssapi.SecurityContext(usage="accept")
            reply = context.step(token)
        except gssapi.exceptions.GSSError as e:
            log(kind="ap", outcome="refused", service="HTTP/" + self.headers.get("Host", ""), **base)
            self.answer(403, b"no\n")
            return False
        user, _, realm = str(context.initiator_name).partition("@")
        log(kind="ap", outcome="granted", user=user, realm=realm, service=str(context.target_name).partition("@")[0], **base)
        self.reply = base64.b64encode(reply or b"").decode()
        self.known = True
        return True

    def ntlm(self, scheme, message, base):
        if message[8] == 1:
            self.nonce = os.urandom(8)
            self.answer(401, b"answer this\n", WWW_Authenticate=scheme + " " + base64.b64encode(challenge(self.nonce)).decode())
            return False
        right, user, domain, host = authenticate(message, self.nonce or b"")
        log(kind="ntlm", outcome="granted" if right else "refused", user=user, domain=domain, workstation=host, **base)
        if not right:
            self.ask()
        self.known = right
        return right

    def do_GET(self):
        if self.granted():
            body = b"Duty roster of the service desk, week 48.\n" * 20
            if getattr(self, "reply", ""):
                self.answer(200, body, WWW_Authenticate="Negotiate " + self.reply)
                self.reply = ""
            else:
                self.answer(200, body)


class Mail(socketserver.StreamRequestHandler):
    """As much of RFC 5321 as a client with AUTH NTLM needs (MS-SMTPNTLM)."""

    def say(self, text):
        self.wfile.write((text + "\r\n").encode())

    def line(self):
        return self.rfile.readline(20000).decode().strip()

    def handle(self):
        self.say("220 mail.%s ESMTP" % CONFIG["zone"])
        while True:
            line = self.line()
            word = line.upper().split(" ")[0]
            if not line or word == "QUIT":
                self.say("221 bye")
                return
            if word == "EHLO":
                self.say("250-mail.%s\r\n250 AUTH NTLM" % CONFIG["zone"])
            elif word == "AUTH":
                self.auth(line)
            elif word == "DATA":
                self.say("354 go on")
                while self.line() != ".":
                    pass
                self.say("250 taken")
            else:
                self.say("250 fine")

    def auth(self, line):
        words = line.split(" ")
        first = words[2] if len(words) > 2 else ""
        if not first:
            self.say("334 ")
            first = self.line()
        nonce = os.urandom(8)
        self.say("334 " + base64.b64encode(challenge(nonce)).decode())
        right, user, domain, host = authenticate(base64.b64decode(self.line()), nonce)
        log(kind="ntlm", outcome="granted" if right else "refused", user=user, domain=domain, workstation=host, carrier="smtp", proto="tcp", port=25)
        self.say("235 welcome" if right else "535 5.7.3 no")


def serve():
    ThreadingHTTPServer.daemon_threads = socketserver.ThreadingTCPServer.daemon_threads = True
    socketserver.ThreadingTCPServer.allow_reuse_address = True
    for port in CONFIG["ports"]:
        kind = socketserver.ThreadingTCPServer if port == 25 else ThreadingHTTPServer
        server = kind((CONFIG["ip"], port), Mail if port == 25 else Web)
        threading.Thread(target=server.serve_forever).start()


def ldap():
    from samba import credentials
    from samba.param import LoadParm
    from samba.samdb import SamDB
    lp = LoadParm()
    lp.load_default()
    lp.set("client ldap sasl wrapping", "plain")
    for password, outcome in ((CONFIG["password"], "granted"), (CONFIG["wrong"], "refused")):
        c = credentials.Credentials()
        c.guess(lp)
        c.set_kerberos_state(credentials.DONT_USE_KERBEROS)
        c.set_username(CONFIG["user"])
        c.set_domain(CONFIG["domain"])
        c.set_workstation(CONFIG["myname"])
        c.set_password(password)
        try:
            db = SamDB(url="ldap://" + CONFIG["server"], credentials=c, lp=lp)
            db.search(base="", scope=0, attrs=["dnsHostName"])
            got = "granted"
        except Exception as e:
            got = "refused"
        if got != outcome:
            print(json.dumps({"error": "bind was " + got}))
            return
        print(json.dumps({"logon": {"kind": "ntlm", "carrier": "ldap", "proto": "tcp", "port": 389, "user": CONFIG["user"], "domain": CONFIG["domain"],
                                    "workstation": CONFIG["myname"], "outcome": outcome, "count": 1}}), flush=True)
    print(json.dumps({"done": True}))


def main():
    with open(sys.argv[2]) as f:
        CONFIG.update(json.load(f))
    {"serve": serve, "ldap": ldap}[sys.argv[1]]()


if __name__ == "__main__":
    main()
