"""The remote management of a Windows machine over HTTP (MS-WSMV, DSP0226), and
clients of it.

    wsman.py serve CONFIG.json    on 5985; Basic and Negotiate with NTLM
    wsman.py PLAY JOB.json        a client: pywinrm, and envelopes of this script

Commands and methods are answered with words of this script and never run. With
Negotiate every envelope is sealed (MS-WSMV 2.2.9.1). The server writes each
exchange to its log as the truth has it.
"""
import base64
import json
import re
import sys
import uuid
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from xml.sax.saxutils import escape

import acceptor

CONFIG = {}
XML = "application/soap+xml;charset=UTF-8"
MARK = b"--Encrypted Boundary"
SPNEGO = "application/HTTP-SPNEGO-session-encrypted"
WSMAN, SHELL = "http://schemas.microsoft.com/wbem/wsman/1/", "http://schemas.microsoft.com/wbem/wsman/1/windows/shell"
CIM = WSMAN + "wmi/root/cimv2/"
TRANSFER, ENUMERATION = "http://schemas.xmlsoap.org/ws/2004/09/transfer", "http://schemas.xmlsoap.org/ws/2004/09/enumeration"
SPACES = ('xmlns:s="http://www.w3.org/2003/05/soap-envelope" xmlns:a="http://schemas.xmlsoap.org/ws/2004/08/addressing" xmlns:x="%s" xmlns:n="%s" '
          'xmlns:w="http://schemas.dmtf.org/wbem/wsman/1/wsman.xsd" xmlns:rsp="%s"') % (TRANSFER, ENUMERATION, SHELL)
ANONYMOUS = "http://schemas.xmlsoap.org/ws/2004/08/addressing/role/anonymous"
IDENTITY = "http://schemas.dmtf.org/wbem/wsman/identity/1/wsmanidentity.xsd"


def word(pattern, text):
    m = re.search(pattern, text)
    return m.group(1) if m else ""


class Web(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version, sys_version = "Microsoft-HTTPAPI/2.0", ""

    def setup(self):
        super().setup()
        self.auth, self.user, self.ntlm, self.right = "", "", None, False

    def log_message(self, *args):
        pass

    def answer(self, code, body=b"", kind=XML, challenges=()):
        self.send_response(code)
        for c in challenges:
            self.send_header("WWW-Authenticate", c)
        if body:
            self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def told(self, body, status, sealed=False, fault=""):
        uri = word(r"<\w+:Action[^>]*>([^<]+)<", body)
        action, method = uri.rsplit("/", 1)[-1], ""
        if uri.startswith(CIM):
            action, method = "Invoke", action
        if "Identify" in body:
            action = "Identify"
        e = {"client": self.client_address[0], "server": "", "port": self.server.server_address[1], "action": action, "method": method,
             "resource": word(r"<\w+:ResourceURI[^>]*>([^<]+)<", body), "program": (word(r"<rsp:Command>([^<]+)<", body) or word(r"<\w+:CommandLine>([^<]+)<", body)).split(" ")[0],
             "auth": self.auth, "user": self.user, "sealed": sealed, "status": status, "fault": fault, "count": 1}
        acceptor.note(wsman=e)

    def granted(self, body):
        """Tells whether the request may be answered; if not, it has been."""
        scheme, _, token = self.headers.get("Authorization", "").partition(" ")
        ask = ["Negotiate", 'Basic realm="WSMAN"']
        if token:
            self.auth, self.right, token = scheme.lower(), False, base64.b64decode(token)
        if scheme == "Basic":
            self.user, _, password = token.decode().partition(":")
            self.right = CONFIG["accounts"].get(self.user) == password
        elif scheme == "Negotiate":
            if token[8] == 1:
                self.ntlm = acceptor.Acceptor()
            answer = self.ntlm.token(token, "http", self.server.server_address[1], self.client_address[0])
            if answer is not None:
                ask = ["Negotiate " + base64.b64encode(answer).decode()]
            self.user, self.right = self.ntlm.user, self.ntlm.right
        if not self.right:
            self.told(body, 401)
            self.answer(401, challenges=ask)
        return self.right

    def do_POST(self):
        raw = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        sealed = "multipart/encrypted" in self.headers.get("Content-Type", "")
        body = "" if sealed else raw.decode()
        if self.path == "/wsman-anon/identify" and self.headers.get("WSMANIDENTIFY"):
            self.told(body, 200)
            return self.answer(200, identified().encode())
        if not self.granted(body):
            return
        if sealed:
            payload = raw.split(b"\tContent-Type: application/octet-stream\r\n", 1)[1][:-len(MARK) - 4]
            body = self.ntlm.unseal(payload[20:], payload[4:20]).decode()
        if not body:  # only to authenticate
            self.told(body, 200)
            return self.answer(200)
        status, fault, reply = respond(body, self.user)
        self.told(body, status, sealed, fault)
        reply, kind = reply.encode(), XML
        if sealed:
            text, signature = self.ntlm.seal(reply)
            reply = (MARK + b"\r\n\tContent-Type: " + SPNEGO.encode() + b"\r\n\tOriginalContent: type=" + XML.encode() + b";Length=%d\r\n" % len(reply) +
                     MARK + b"\r\n\tContent-Type: application/octet-stream\r\n" + len(signature).to_bytes(4, "little") + signature + text + MARK + b"--\r\n")
            kind = 'multipart/encrypted;protocol="%s";boundary="Encrypted Boundary"' % SPNEGO
        self.answer(status, reply, kind)


def identified():
    return ('<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope"><s:Header/><s:Body><wsmid:IdentifyResponse xmlns:wsmid="%s">'
            "<wsmid:ProtocolVersion>http://schemas.dmtf.org/wbem/wsman/1/wsman.xsd</wsmid:ProtocolVersion><wsmid:ProductVendor>Microsoft Corporation</wsmid:ProductVendor>"
            "<wsmid:ProductVersion>OS: 0.0.0 SP: 0.0 Stack: 3.0</wsmid:ProductVersion></wsmid:IdentifyResponse></s:Body></s:Envelope>") % IDENTITY


def respond(body, user):
    """Status, fault and envelope for one request (MS-WSMV 3.1.4, DSP0226)."""
    uri = word(r"<\w+:Action[^>]*>([^<]+)<", body)
    resource, command = word(r"<\w+:ResourceURI[^>]*>([^<]+)<", body), word(r'CommandId="([^"]+)"', body)
    fault, status = "", 200
    output = base64.b64encode(b"\r\nWindows IP Configuration\r\n").decode()
    shell = str(uuid.uuid4()).upper()
    inner = {
        TRANSFER + "/Create": '<x:ResourceCreated><a:Address>http://%s:5985/wsman</a:Address><a:ReferenceParameters><w:ResourceURI>%s</w:ResourceURI>'
                              '<w:SelectorSet><w:Selector Name="ShellId">%s</w:Selector></w:SelectorSet></a:ReferenceParameters></x:ResourceCreated>'
                              '<rsp:Shell><rsp:ShellId>%s</rsp:ShellId><rsp:ResourceUri>%s</rsp:ResourceUri></rsp:Shell>' % (CONFIG["ip"], resource, shell, shell, resource),
        SHELL + "/Command": "<rsp:CommandResponse><rsp:CommandId>%s</rsp:CommandId></rsp:CommandResponse>" % str(uuid.uuid4()).upper(),
        SHELL + "/Receive": '<rsp:ReceiveResponse><rsp:Stream Name="stdout" CommandId="%s">%s</rsp:Stream><rsp:CommandState CommandId="%s" State="%s/CommandState/Done">'
                            "<rsp:ExitCode>0</rsp:ExitCode></rsp:CommandState></rsp:ReceiveResponse>" % (command, output, command, SHELL),
        SHELL + "/Signal": "<rsp:SignalResponse/>",
        TRANSFER + "/Delete": "",
        ENUMERATION + "/Enumerate": "<n:EnumerateResponse><n:EnumerationContext>uuid:%s</n:EnumerationContext></n:EnumerateResponse>" % uuid.uuid4(),
        ENUMERATION + "/Pull": '<n:PullResponse><n:Items><p:Win32_OperatingSystem xmlns:p="%sWin32_OperatingSystem"><p:Caption>Microsoft Windows Server 2019 Standard</p:Caption>'
                               "</p:Win32_OperatingSystem></n:Items><n:EndOfSequence/></n:PullResponse>" % CIM,
        CIM + "Win32_Process/Create": '<p:Create_OUTPUT xmlns:p="%sWin32_Process"><p:ProcessId>4242</p:ProcessId><p:ReturnValue>0</p:ReturnValue></p:Create_OUTPUT>' % CIM,
    }.get(uri)
    if user in CONFIG["barred"]:
        fault, status = "AccessDenied", 500
        inner = ("<s:Fault><s:Code><s:Value>s:Sender</s:Value><s:Subcode><s:Value>w:AccessDenied</s:Value></s:Subcode></s:Code><s:Reason><s:Text xml:lang=\"en-US\">Access is denied. </s:Text></s:Reason>"
                 '<s:Detail><f:WSManFault xmlns:f="http://schemas.microsoft.com/wbem/wsman/1/wsmanfault" Code="5" Machine="%s"><f:Message>Access is denied. </f:Message></f:WSManFault></s:Detail></s:Fault>' % CONFIG["ip"])
    elif inner is None:
        raise ValueError("no answer to " + uri)
    answered = uri + "Response" if status == 200 else "http://schemas.dmtf.org/wbem/wsman/1/wsman/fault"
    xml = ('<s:Envelope xml:lang="en-US" %s><s:Header><a:Action>%s</a:Action><a:MessageID>uuid:%s</a:MessageID><a:To>%s</a:To><a:RelatesTo>%s</a:RelatesTo></s:Header><s:Body>%s</s:Body></s:Envelope>'
           % (SPACES, answered, str(uuid.uuid4()).upper(), ANONYMOUS, word(r"<\w+:MessageID[^>]*>([^<]+)<", body), inner))
    return status, fault, xml


def serve():
    ThreadingHTTPServer.daemon_threads = True
    ThreadingHTTPServer((CONFIG["ip"], 5985), Web).serve_forever()


def envelope(uri, resource, body):
    return ('<s:Envelope %s><s:Header><a:To>http://%s:5985/wsman</a:To><w:ResourceURI s:mustUnderstand="true">%s</w:ResourceURI><a:ReplyTo><a:Address s:mustUnderstand="true">%s</a:Address></a:ReplyTo>'
            '<a:Action s:mustUnderstand="true">%s</a:Action><w:MaxEnvelopeSize s:mustUnderstand="true">153600</w:MaxEnvelopeSize><a:MessageID>uuid:%s</a:MessageID>'
            "<w:OperationTimeout>PT20S</w:OperationTimeout></s:Header><s:Body>%s</s:Body></s:Envelope>") % (SPACES, CONFIG["server"], resource, ANONYMOUS, uri, str(uuid.uuid4()).upper(), body)


def identify(p):
    import requests
    r = requests.post("http://%s:5985/wsman-anon/identify" % CONFIG["server"], headers={"WSMANIDENTIFY": "unauthenticated", "Content-Type": XML, "User-Agent": "Microsoft WinRM Client"},
                      data='<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope" xmlns:wsmid="%s"><s:Header/><s:Body><wsmid:Identify/></s:Body></s:Envelope>' % IDENTITY, timeout=20)
    return "ProductVendor" in r.text


def command(p):
    """A shell, one command in it, its output, and the end of both."""
    shell = p.open_shell()
    run = p.run_command(shell, "ipconfig", ["/all"])
    out, _, code = p.get_command_output(shell, run)
    p.cleanup_command(shell, run)
    p.close_shell(shell)
    return code == 0 and b"Windows IP" in out


def wmi(p):
    """A class is listed, and a method of another invoked."""
    system, process = CIM + "Win32_OperatingSystem", CIM + "Win32_Process"
    first = p.send_message(envelope(ENUMERATION + "/Enumerate", system, "<n:Enumerate/>"))
    context = word(r"EnumerationContext>([^<]+)<", first if isinstance(first, str) else first.decode())
    p.send_message(envelope(ENUMERATION + "/Pull", system, "<n:Pull><n:EnumerationContext>%s</n:EnumerationContext></n:Pull>" % context))
    last = p.send_message(envelope(process + "/Create", process, '<p:Create_INPUT xmlns:p="%s"><p:CommandLine>%s</p:CommandLine></p:Create_INPUT>' % (process, escape("notepad.exe readme.txt"))))
    return "4242" in (last if isinstance(last, str) else last.decode())


def client(play):
    import hashlib
    from Cryptodome.Hash import MD4
    plain = hashlib.new  # Debian's OpenSSL has no MD4, which NTLM needs (MS-NLMP 3.3.2)
    hashlib.new = lambda name, *data: MD4.new(*data) if name == "md4" else plain(name, *data)
    from winrm.exceptions import InvalidCredentialsError, WinRMError
    from winrm.protocol import Protocol
    p = Protocol(endpoint="http://%s:5985/wsman" % CONFIG["server"], transport=CONFIG["transport"], username=CONFIG["user"], password=CONFIG["password"],
                 message_encryption="auto" if CONFIG["transport"] == "ntlm" else "never")
    try:
        got = "granted" if {"identify": identify, "command": command, "wmi": wmi}[play](p) else "strange"
    except InvalidCredentialsError:
        got = "refused"
    except WinRMError as e:
        got = "denied" if "AccessDenied" in str(e) else str(e)
    if got != CONFIG["wants"]:
        print(json.dumps({"error": "%s ended %s, not %s" % (play, got, CONFIG["wants"])}))
        return
    print(json.dumps({"done": True}))


def main():
    with open(sys.argv[2]) as f:
        CONFIG.update(json.load(f))
    if sys.argv[1] == "serve":
        acceptor.configure(CONFIG)
        return serve()
    client(sys.argv[1])


if __name__ == "__main__":
    main()
