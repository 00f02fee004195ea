"""Old SMB, its attacks' shapes and its ordinary use, on sockets and impacket.

    legacy.py PLAY JOB.json

tools (the two traces that EternalBlue's tools leave: an echo with their word,
and a transaction announced larger than any, which other messages go on with;
all that is inside is letters, and it never comes to its end), probe (the
question that tells whether the hole is open), paths (paths given to
NetprPathCanonicalize: MS-SRVS 3.1.4.30), replicate (one account's changes
asked for by DRSGetNCChanges: MS-DRSR 4.1.10), registry (values set by
BaseRegSetValue: MS-RRP 3.1.5.22).

No exploit is in it: no structure that a server would stumble over, no code.
Every loop is bounded. It prints one JSON object a line. Standards: MS-CIFS
2.2.4.39, 2.2.4.47 and 2.2.4.62, MS-SRVS, MS-RRP, MS-DRSR.
"""
import json
import socket
import struct
import sys

import rpcplays
from impacket.dcerpc.v5 import drsuapi, epm, rrp, srvs, transport
from impacket.dcerpc.v5.dtypes import NULL
from impacket.dcerpc.v5.rpcrt import RPC_C_AUTHN_LEVEL_PKT_PRIVACY
from impacket.uuid import string_to_bin
from outbreak import JOB, message, take, transaction
from rpcplays import Way, tell, tried

LETTERS = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"


def letters(n):
    return (LETTERS * (n // len(LETTERS) + 1))[:n]


def status(got):
    return "0x%08x" % struct.unpack("<L", got[5:9])[0]


def tree(unc):
    """A session of nobody and a tree."""
    s = socket.create_connection((JOB["server"], 445), timeout=10)
    s.sendall(message(0x72, 64, b"", b"\x02NT LM 0.12\0"))
    take(s)
    words = struct.pack("<BBHHHHLHHLL", 0xFF, 0, 0, 4356, 10, 0, 0, 1, 0, 0, 0x40)
    s.sendall(message(0x73, 64, words, b"\0" + b"\0" + "\0".encode("utf-16le") * 2 + "Windows 5.1\0".encode("utf-16le") + "LZ\0".encode("utf-16le")))
    uid = struct.unpack("<H", take(s)[28:30])[0]
    s.sendall(message(0x75, 64, struct.pack("<BBHHH", 0xFF, 0, 0, 8, 1), b"\0" + (unc + "\0").encode("utf-16le") + b"?????\0", uid=uid))
    return s, uid, struct.unpack("<H", take(s)[24:26])[0]


def probe():
    s, uid, tid = tree("\\\\%s\\IPC$" % JOB["server"])
    words, data = transaction([0x23, 0], b"\0" + "\\PIPE\\\0".encode("utf-16le") + b"\0", b"", 0x25)
    s.sendall(message(0x25, 64, words, data, tid, uid))
    tell(answer={"question": "PeekNamedPipe", "status": status(take(s))})
    s.close()


def tools():
    s, uid, tid = tree("\\\\%s\\IPC$" % JOB["server"])
    total, first, step = JOB["total"], 976, 4096
    at = 32 + 1 + 38 + 2
    words = struct.pack("<BHLLLLLLLLBH", 1, 0, 0, total, 0, 0, 0, at, first, at, 0, 0)
    s.sendall(message(0xA0, 64, words, letters(first), tid, uid))
    tell(answer={"question": "NT_TRANSACT", "status": status(take(s))})
    sent = first
    for _ in range(JOB["pieces"]):
        at = 32 + 1 + 18 + 2
        words = struct.pack("<HHHHHHHHH", 0, step, 0, 0, 0, step, at, sent & 0xFFFF, 0)
        s.sendall(message(0x33, 64, words, letters(step), tid, uid))
        sent += step
    s.sendall(message(0x2B, 65, struct.pack("<H", 1), b"JlJmIhClBsr\0", tid, uid))
    tell(answer={"question": "ECHO", "status": status(take(s))})
    s.close()


def paths():
    way = Way(JOB["transport"])
    dce = way.bind("srvsvc", srvs.MSRPC_UUID_SRVS, "\\srvsvc")
    for path in JOB["paths"]:
        tried(way, "srvsvc", "NetPathCanonicalize", 31, {"path": path}, lambda p=path: srvs.hNetprPathCanonicalize(dce, p + "\0", "\0", 200))
    dce.disconnect()
    way.conn.logoff()
    way.conn.close()


def registry():
    way = Way(JOB["transport"])
    dce = way.bind("winreg", rrp.MSRPC_UUID_RRP, "\\winreg")
    root = tried(way, "winreg", "OpenHKLM", 2, {}, lambda: rrp.hOpenLocalMachine(dce))["phKey"]
    for key, value, data in JOB["values"]:
        k = tried(way, "winreg", "CreateKey", 6, {"key": key}, lambda n=key: rrp.hBaseRegCreateKey(dce, root, n + "\0"))["phkResult"]
        kind, what = (rrp.REG_DWORD, data) if isinstance(data, int) else (rrp.REG_SZ, data + "\0")
        tried(way, "winreg", "SetValue", 22, {"value": value}, lambda h=k, v=value, t=kind, w=what: rrp.hBaseRegSetValue(dce, h, v + "\0", t, w))
        tried(way, "winreg", "CloseKey", 5, {}, lambda h=k: rrp.hBaseRegCloseKey(dce, h))
    dce.disconnect()
    way.conn.logoff()
    way.conn.close()


class Sealed:
    kind, port, pipe = "tcp", 0, ""


def bound(server):
    """drsuapi at the level that seals: who asks for what can be read, not the answer."""
    where = epm.hept_map(server, drsuapi.MSRPC_UUID_DRSUAPI, protocol="ncacn_ip_tcp")
    Sealed.port = int(where.split("[")[1].rstrip("]"))
    t = transport.DCERPCTransportFactory(where)
    t.set_credentials(JOB["user"], JOB["password"], JOB["domain"])
    dce = t.get_dce_rpc()
    dce.set_auth_level(RPC_C_AUTHN_LEVEL_PKT_PRIVACY)
    dce.connect()
    dce.bind(drsuapi.MSRPC_UUID_DRSUAPI)
    q = drsuapi.DRSBind()
    q["puuidClientDsa"] = drsuapi.NTDSAPI_CLIENT_GUID
    x = drsuapi.DRS_EXTENSIONS_INT()
    x["dwFlags"] = drsuapi.DRS_EXT_GETCHGREQ_V6 | drsuapi.DRS_EXT_GETCHGREPLY_V6 | drsuapi.DRS_EXT_GETCHGREQ_V8 | drsuapi.DRS_EXT_STRONG_ENCRYPTION
    x["SiteObjGuid"] = x["ConfigObjGUID"] = drsuapi.NULLGUID
    q["pextClient"]["cb"], q["pextClient"]["rgb"] = len(x), list(x.getData())
    return dce, dce.request(q)["phDrs"]


def noted(operation, opnum):
    tell(call={"transport": "tcp", "port": Sealed.port, "pipe": "", "interface": "drsuapi", "operation": operation, "opnum": opnum, "level": "privacy", "sealed": True,
               "outcome": "ok", "code": "0x00000000", "words": {}, "count": 1})


def replicate():
    dce, handle = bound(JOB["server"])
    noted("DsBind", 0)
    info = drsuapi.hDRSDomainControllerInfo(dce, handle, JOB["realm"], 2)
    dsa = info["pmsgOut"]["V2"]["rItems"][0]["NtdsDsaObjectGuid"]
    noted("DsGetDomainControllerInfo", 16)
    named = drsuapi.hDRSCrackNames(dce, handle, 0, drsuapi.DS_NAME_FORMAT.DS_NT4_ACCOUNT_NAME, drsuapi.DS_NAME_FORMAT.DS_UNIQUE_ID_NAME, (JOB["domain"] + "\\" + JOB["account"],))
    guid = named["pmsgOut"]["V1"]["pResult"]["rItems"][0]["pName"].rstrip("\0")
    noted("DsCrackNames", 12)
    q = drsuapi.DRSGetNCChanges()
    q["hDrs"], q["dwInVersion"], q["pmsgIn"]["tag"] = handle, 8, 8
    m = q["pmsgIn"]["V8"]
    m["uuidDsaObjDest"] = m["uuidInvocIdSrc"] = dsa
    name = drsuapi.DSNAME()
    name["SidLen"], name["Sid"], name["Guid"], name["NameLen"], name["StringName"] = 0, "", string_to_bin(guid[1:-1]), 0, "\0"
    name["structLen"] = len(name.getData())
    m["pNC"] = name
    m["usnvecFrom"]["usnHighObjUpdate"] = m["usnvecFrom"]["usnHighPropUpdate"] = 0
    m["pUpToDateVecDest"] = NULL
    m["ulFlags"] = drsuapi.DRS_INIT_SYNC | drsuapi.DRS_WRIT_REP
    m["cMaxObjects"], m["cMaxBytes"], m["ulExtendedOp"] = 1, 0, drsuapi.EXOP_REPL_OBJ
    # One attribute is asked for: its name (MS-ADA3, sAMAccountName).
    prefixes = []
    some = drsuapi.PARTIAL_ATTR_VECTOR_V1_EXT()
    some["dwVersion"], some["cAttrs"] = 1, 1
    some["rgPartialAttr"].append(drsuapi.MakeAttid(prefixes, "1.2.840.113556.1.4.221"))
    # The table ends with what the schema is (MS-DRSR 5.16.4): 0xFF, a version and a GUID.
    schema = drsuapi.PrefixTableEntry()
    schema["ndx"], schema["prefix"]["length"], schema["prefix"]["elements"] = 0, 21, list(b"\xff" + bytes(20))
    prefixes.append(schema)
    m["pPartialAttrSet"], m["pPartialAttrSetEx1"] = some, NULL
    m["PrefixTableDest"]["PrefixCount"], m["PrefixTableDest"]["pPrefixEntry"] = len(prefixes), prefixes
    # Of the answer, the word at its end is enough: impacket does not know all of Samba's forms.
    dce.call(q.opnum, q)
    code = struct.unpack("<L", dce.recv()[-4:])[0]
    if code != 0:
        raise RuntimeError("replication refused: 0x%08x" % code)
    noted("DsGetNCChanges", 3)
    dce.disconnect()


def main():
    with open(sys.argv[2]) as f:
        JOB.update(json.load(f))
    rpcplays.JOB.update(JOB)
    {"tools": tools, "probe": probe, "paths": paths, "registry": registry, "replicate": replicate}[sys.argv[1]]()
    tell(done=True)


if __name__ == "__main__":
    main()
