"""Windows' management over DCOM (MS-DCOM, MS-WMI): a mock, and clients of it.

    wmi.py serve CONFIG.json    activation on 135, objects on a dynamic port
    wmi.py PLAY JOB.json        a client on impacket: management or application

Who calls is checked by NTLM at the level that the client chooses (MS-RPCE 2.2.1.1.8).
The mock activates what it is asked for and answers methods and queries with success,
but for the accounts and names that are barred. It decodes no more than names, writes
each call to its own log, and runs nothing, ever.
"""
import json
import os
import struct
import sys
import threading

import acceptor
import rpc
from impacket.dcerpc.v5 import dcomrt
from impacket.dcerpc.v5.dcom import wmi
from impacket.dcerpc.v5.dcomrt import (ACTIVATION_BLOB, CLSID, CLSID_ActivationPropertiesOut, CLSID_PropsOutInfo, CLSID_ScmReplyInfo, OBJREF_CUSTOM, OBJREF_STANDARD)
from impacket.dcerpc.v5.dtypes import DWORD, NULL
from impacket.dcerpc.v5.rpcrt import DCERPCException
from impacket.uuid import string_to_bin

NAMES = {"000001a0-0000-0000-c000-000000000046": "IRemoteSCMActivator", "f309ad18-d86a-11d0-a075-00c04fb68820": "IWbemLevel1Login",
         "9556dc99-828c-11cf-a37e-00aa003240c7": "IWbemServices"}
APPLICATION = string_to_bin("49b2791a-b1ae-4c90-9b8e-e860ba07f889")  # MMC20.Application
IDISPATCH = string_to_bin("00020400-0000-0000-c000-000000000046") + b"\0" * 4
DENIED, WBEM_DENIED, FAULT_DENIED = 0x80070005, 0x80041003, 5
LEVELS = {2: "connect", 5: "integrity", 6: "privacy"}
OXID, REMUNKNOWN = 0x1122334455667788, b"\x01\x00" + b"\x52" * 14
CONFIG = {}


class Peer(rpc.Peer):
    """One connection: a bind that authenticates, and calls at its level."""

    def __init__(self, sock, port):
        super().__init__(sock, port)
        self.here, self.client = sock.getsockname()[1], sock.getpeername()[0]
        self.auth, self.level, self.trailer = None, 0, b""
        self.address = b"%d\0" % self.here

    def run(self):
        try:
            while True:
                head = self.exactly(16)
                body = self.exactly(struct.unpack("<H", head[8:10])[0] - 16)
                size, call = struct.unpack("<H", head[10:12])[0], head[12:16]
                token, trailer = (body[-size:], body[-size - 8:-size]) if size else (b"", b"")
                if head[2] in (11, 14, 16) and token:
                    self.level, self.trailer = trailer[1], trailer[:2] + b"\0\0" + trailer[4:]
                    if head[2] != 16:
                        self.auth = acceptor.Acceptor()
                if head[2] in (11, 14):
                    self.reply = self.auth.token(token, "rpc", self.here, self.client) if token else b""
                    self.bind(head[2], call, body)
                elif head[2] == 16:
                    self.auth.token(token, "rpc", self.here, self.client)
                elif head[2] == 0:
                    self.request(head, body, size)
        except (EOFError, OSError):
            pass
        self.sock.close()

    def request(self, head, body, size):
        start = 8 + (16 if head[3] & 0x80 else 0)
        stub = body[start:]
        if size and self.auth.right:
            stub, trailer, signature = body[start:-size - 8], body[-size - 8:-size], body[-size:]
            stub = self.auth.unseal(stub, signature, head + body[:start], trailer)
            stub = stub[:len(stub) - trailer[2]]
        context, opnum = struct.unpack("<HH", body[4:8])
        if self.auth is not None and not self.auth.right:
            log(self.bound.get(context, ""), OPERATIONS.get((self.bound.get(context), opnum), ("", None))[0], FAULT_DENIED)
            self.send(3, head[12:16], struct.pack("<LHBBLL", 0, context, 0, 0, FAULT_DENIED, 0))
            return
        self.call(head[12:16], context, opnum, stub)

    def send(self, kind, call, body, flags=3):
        """As rpc.Peer.send, with what the level wants behind the body."""
        def header(extra, auth):
            return struct.pack("<BBBBLHH", 5, 0, kind, flags, 0x10, 16 + len(body) + extra, auth) + call
        if kind in (12, 15) and self.reply:
            pad = -len(body) % 4
            trailer = self.trailer[:2] + bytes([pad]) + self.trailer[3:]
            self.sock.sendall(header(pad + 8 + len(self.reply), len(self.reply)) + body + b"\0" * pad + trailer + self.reply)
        elif kind == 2 and self.level == 6:
            pad = -(len(body) - 8) % 16
            trailer = self.trailer[:2] + bytes([pad]) + self.trailer[3:]
            head = header(pad + 8 + 16, 16) + body[:8]
            text = body[8:] + b"\0" * pad
            sealed, signature = self.auth.seal(text, head + text + trailer)
            self.sock.sendall(head + sealed + trailer + signature)
        else:
            self.sock.sendall(header(0, 0) + body)


def standard(iid, ipid):
    """OBJREF_STANDARD (MS-DCOM 2.2.18.4) of an object on the dynamic port."""
    o = OBJREF_STANDARD()
    o["iid"] = iid
    o["std"]["flags"], o["std"]["cPublicRefs"], o["std"]["oxid"], o["std"]["oid"], o["std"]["ipid"] = 0x1000, 5, OXID, 0x99, ipid
    o["saResAddr"] = struct.pack("<HH", len(bindings()) // 2, len(bindings()) // 2 - 2) + bindings()
    return o.getData()


def bindings():
    """DUALSTRINGARRAY (2.2.19): one address, NTLM."""
    return struct.pack("<H", 7) + ("%s[%d]\0" % (CONFIG["ip"], CONFIG["dynamic"])).encode("utf-16le") + b"\0\0" + struct.pack("<HHHH", 10, 0xFFFF, 0, 0)


def pointer(response, key, data):
    response[key]["ulCntData"] = len(data)
    response[key]["abData"] = list(data)


def thanks(response):
    response["ORPCthat"]["flags"] = 0
    response["ORPCthat"]["extensions"] = NULL
    return response


def activate(p, stub):
    q, r = dcomrt.RemoteCreateInstance(stub), thanks(dcomrt.RemoteCreateInstanceResponse())
    if p.auth.user in CONFIG["barred"]:
        r["ppActProperties"], r["ErrorCode"] = NULL, DENIED
        return r, DENIED
    blob, iid = activated(b"".join(q["pActProperties"]["abData"]))
    data, raw, out = standard(iid, b"\x02\x00" + b"\x52" * 14), bindings(), ACTIVATION_BLOB()
    props = struct.pack("<LLLLL", 1, 0x20000, 0x20004, 0x20008, 1) + iid + struct.pack("<LL", 1, 0) + struct.pack("<LLLL", 1, 0x2000c, len(data), len(data)) + data
    reply = struct.pack("<LLQL", 0, 0x20000, OXID, 0x20004) + REMUNKNOWN + struct.pack("<LHH", p.level, 5, 7)
    reply += struct.pack("<LHH", len(raw) // 2, len(raw) // 2, len(raw) // 2 - 4) + raw
    out["CustomHeader"]["destCtx"], out["CustomHeader"]["pdwReserved"] = 2, NULL
    properties = b""
    for clsid, item in ((CLSID_PropsOutInfo, serial(props)), (CLSID_ScmReplyInfo, serial(reply))):
        c, size = CLSID(), DWORD()
        c["Data"] = clsid
        out["CustomHeader"]["pclsid"].append(c)
        size["Data"] = len(item)
        out["CustomHeader"]["pSizes"].append(size)
        properties += item
    out["Property"] = properties
    o = OBJREF_CUSTOM()
    o["iid"], o["clsid"], o["pObjectData"] = dcomrt.IID_IActivationPropertiesOut[:-4], CLSID_ActivationPropertiesOut, out.getData()
    o["cbExtension"], o["ObjectReferenceSize"] = 0, len(o["pObjectData"]) + 8
    pointer(r, "ppActProperties", o.getData())
    r["ErrorCode"] = 0
    return r, 0


def serial(data):
    """A type for itself (MS-RPCE 2.2.6), 2.2.22.2.9 and 2.2.22.2.8 here."""
    data += b"\0" * (-len(data) % 8)
    return struct.pack("<BBHLLL", 1, 16, 8, 0xCCCCCCCC, len(data), 0) + data


def activated(raw):
    """The class and the interface that are asked for (2.2.22.2.1)."""
    blob = ACTIVATION_BLOB(OBJREF_CUSTOM(raw)["pObjectData"])
    info = dcomrt.InstantiationInfoData()
    part = blob["Property"][:blob["CustomHeader"]["pSizes"][0]["Data"]]
    info.fromStringReferents(part[info.fromString(part):])
    return info["classId"], info["pIID"][0]["Data"]


def login(p, stub):
    r = thanks(wmi.IWbemLevel1Login_NTLMLoginResponse())
    if p.auth.user in CONFIG["outside"]:
        r["ppNamespace"], r["ErrorCode"] = NULL, WBEM_DENIED
        return r, WBEM_DENIED
    pointer(r, "ppNamespace", standard(wmi.IID_IWbemServices[:-4], b"\x03\x00" + b"\x52" * 14))
    r["ErrorCode"] = 0
    return r, 0


def query(p, stub):
    r = thanks(wmi.IWbemServices_ExecQueryResponse())
    pointer(r, "ppEnum", standard(wmi.IID_IEnumWbemClassObject[:-4], b"\x04\x00" + b"\x52" * 14))
    r["ErrorCode"] = 0
    return r, 0


def method(p, stub):
    path = wmi.IWbemServices_ExecMethod(stub)["strObjectPath"]["asData"]
    r = thanks(wmi.IWbemServices_ExecMethodResponse())
    r["ppOutParams"], r["ppCallResult"] = NULL, NULL
    r["ErrorCode"] = WBEM_DENIED if "LZDENIED" in path else 0
    return r, r["ErrorCode"]


OPERATIONS = {("IRemoteSCMActivator", 4): ("RemoteCreateInstance", activate), ("IWbemLevel1Login", 6): ("NTLMLogin", login),
              ("IWbemServices", 20): ("ExecQuery", query), ("IWbemServices", 24): ("ExecMethod", method)}


def log(interface, operation, code):
    with open(CONFIG["calls"], "a") as f:
        f.write(json.dumps({"interface": interface, "operation": operation, "code": code}) + "\n")


def handler(key, name, do):
    def run(p, stub):
        answer, code = do(p, stub)
        log(key[0], name, code)
        return answer
    return run


def serve():
    acceptor.configure(CONFIG)
    rpc.CONFIG.update(CONFIG)
    rpc.UUIDS.update(NAMES)
    rpc.CALLS.update({key: handler(key, name, do) for key, (name, do) in OPERATIONS.items()})
    rpc.Peer = Peer  # what rpc.listen starts
    port = rpc.listen(CONFIG["ip"], CONFIG["dynamic"], CONFIG["dynamic"])
    rpc.listen(CONFIG["ip"], 135, port)
    threading.Event().wait()


def told(interface, operation, opnum, code=0, port=135, **words):
    level = LEVELS[CONFIG["level"]]
    fault = code == FAULT_DENIED
    c = {"client": "", "server": "", "transport": "tcp", "port": port, "interface": interface, "operation": operation, "opnum": opnum, "level": level, "sealed": level == "privacy",
         "outcome": "fault" if fault else "error" if code else "ok", "words": words, "count": 1, "detail": CONFIG["detail"]}
    if code:
        c["code"] = "0x%08x" % code
    rpc.tell(call=c)


def tried(interface, operation, opnum, act, port=135, **words):
    """Makes a call and tells how it ended; None if it was refused."""
    try:
        got, code = act(), 0
    except DCERPCException as e:
        got, code = None, e.get_error_code() if hasattr(e, "get_error_code") and e.get_error_code() else FAULT_DENIED
    told(interface, operation, opnum, code, port, **words)
    return got


def client(play):
    c = dcomrt.DCOMConnection(CONFIG["server"], CONFIG["user"], CONFIG["password"], CONFIG["domain"], authLevel=CONFIG["level"])
    clsid, iid, name = (wmi.CLSID_WbemLevel1Login, wmi.IID_IWbemLevel1Login, "WbemLevel1Login") if play == "management" else (APPLICATION, IDISPATCH, "MMC20.Application")
    found = tried("IRemoteSCMActivator", "RemoteCreateInstance", 4, lambda: c.CoCreateInstanceEx(clsid, iid), **{"class": name})
    if found is not None and play == "management":
        found.get_cinstance().get_auth_level = lambda: CONFIG["level"]  # impacket would raise it
        manage(wmi.IWbemLevel1Login(found))
    rpc.tell(done=True)
    sys.stdout.flush()
    os._exit(0)  # what impacket has running is not waited for


def manage(first):
    port = CONFIG["dynamic"]
    services = tried("IWbemLevel1Login", "NTLMLogin", 6, lambda: first.NTLMLogin("//./root/cimv2", NULL, NULL), port, namespace="//./root/cimv2")
    if services is None:
        return
    q = wmi.IWbemServices_ExecQuery()
    q["strQueryLanguage"]["asData"], q["strQuery"]["asData"] = wmi.checkNullString("WQL"), wmi.checkNullString(CONFIG["query"])
    q["lFlags"], q["pCtx"] = 0x30, NULL
    tried("IWbemServices", "ExecQuery", 20, lambda: services.request(q, iid=wmi.IID_IWbemServices, uuid=services.get_iPid()), port, query=CONFIG["query"])
    for path, name in CONFIG["methods"]:
        m = wmi.IWbemServices_ExecMethod()
        m["strObjectPath"]["asData"], m["strMethodName"]["asData"] = wmi.checkNullString(path), wmi.checkNullString(name)
        m["lFlags"], m["pCtx"], m["ppOutParams"], m["ppCallResult"] = 0, NULL, NULL, NULL
        if name == "Create":
            pointer(m, "pInParams", parameters("CommandLine", "notepad.exe readme.txt"))
        else:
            m["pInParams"] = NULL
        tried("IWbemServices", "ExecMethod", 24, lambda: services.request(m, iid=wmi.IID_IWbemServices, uuid=services.get_iPid()), port, path=path, method=name)


def parameters(name, value):
    """An instance of __PARAMETERS with one text, as an object goes over the wire
    (MS-WMIO 2.2.1) within OBJREF_CUSTOM."""
    def text(s):
        return b"\0" + s.encode("latin-1") + b"\0"
    heap = text("__PARAMETERS") + text(name)
    info = len(heap)
    heap += struct.pack("<LHLL", 8, 0, 0, 0) + struct.pack("<L", 4)  # a text, at 0 of the values
    kind = struct.pack("<BLL", 0, 0, 5) + struct.pack("<L", 4) + struct.pack("<L", 4) + struct.pack("<LLL", 1, len(text("__PARAMETERS")), info)
    kind += b"\0" + struct.pack("<L", 0xFFFFFFFF) + struct.pack("<L", 0x80000000 | len(heap)) + heap
    kind = struct.pack("<L", len(kind) + 4) + kind
    values = text("__PARAMETERS")
    at = len(values)
    values += text(value)
    inner = struct.pack("<BL", 0, 0) + b"\0" + struct.pack("<L", at) + struct.pack("<L", 4) + b"\1" + struct.pack("<L", 0x80000000 | len(values)) + values
    block = b"\2" + kind + struct.pack("<L", len(inner) + 4) + inner
    unit = struct.pack("<LL", 0x12345678, len(block)) + block
    o = OBJREF_CUSTOM()
    o["iid"], o["clsid"], o["pObjectData"] = wmi.IID_IWbemClassObject[:-4], wmi.CLSID_WbemClassObject, unit
    o["cbExtension"], o["ObjectReferenceSize"] = 0, len(o["pObjectData"]) + 8
    return o.getData()


def main():
    with open(sys.argv[2]) as f:
        CONFIG.update(json.load(f))
    if sys.argv[1] == "serve":
        return serve()
    client(sys.argv[1])


if __name__ == "__main__":
    main()
