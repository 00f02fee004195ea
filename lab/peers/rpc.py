"""A machine that takes services, jobs, tasks and registry values, and runs none.

    rpc.py serve CONFIG.json    the mock: an SMB server (impacket's) with ADMIN$ and
                                IPC$, the pipes svcctl, atsvc and winreg, and an
                                endpoint mapper with a dynamic TCP port
    rpc.py PLAY JOB.json        a client: files and calls against a server

The mock answers success, but refuses services and jobs whose names begin with
LZDENIED or stand under denied in its configuration, and fails to start those that begin with LZNOSTART. It decodes no
more than the names, writes what it was asked to its own log, and starts
nothing, ever. Standards: C706, MS-RPCE, MS-SCMR, MS-TSCH, MS-RRP.
"""
import hashlib
import json
import os
import socket
import struct
import sys
import threading

from impacket.dcerpc.v5 import atsvc, epm, rrp, scmr, srvs, tsch
from impacket.dcerpc.v5.dtypes import NULL
from impacket.uuid import bin_to_string, string_to_bin

UUIDS = {"367abb81-9844-35f1-ad32-98f038001003": "svcctl", "1ff70682-0a51-30e8-076d-740be8cee98b": "atsvc",
         "86d35949-83c9-4044-b424-db363231fd0c": "ITaskSchedulerService", "338cd001-2244-31f1-aaaa-900038001003": "winreg",
         "12345778-1234-abcd-ef00-0123456789ab": "lsarpc", "4b324fc8-1670-01d3-1278-5a47bf6ee188": "srvsvc", "e1af8308-5d1f-11c9-91a4-08002b14a0fa": "epmapper"}
NDR32 = string_to_bin("8a885d04-1ceb-11c9-9fe8-08002b104860") + struct.pack("<L", 2)
DENIED, INVALID, NOSTART, GONE = 5, 123, 1053, 1060


def tell(**what):
    print(json.dumps(what), flush=True)


def refused(name):
    return DENIED if name.upper().startswith("LZDENIED") or name in (CONFIG.get("denied") or ()) else 0


class Peer(threading.Thread):
    """One end of a pipe or a TCP connection: binds, fragments, calls."""

    def __init__(self, sock, epm_port):
        super().__init__(daemon=True)
        self.sock, self.bound, self.names, self.port = sock, {}, {}, epm_port
        self.address = b"\\PIPE\\ntsvcs\0"  # the secondary one of C706 12.6.4.4

    def exactly(self, n):
        b = b""
        while len(b) < n:
            got = self.sock.recv(n - len(b))
            if not got:
                raise EOFError
            b += got
        return b

    def run(self):
        try:
            stub = b""
            while True:
                head = self.exactly(16)
                kind, flags, size, call = head[2], head[3], struct.unpack("<H", head[8:10])[0], head[12:16]
                body = self.exactly(size - 16)
                if kind in (11, 14):
                    self.bind(kind, call, body)
                elif kind == 0:
                    stub += body[8:]
                    if flags & 2:
                        context, opnum = struct.unpack("<HH", body[4:8])
                        self.call(call, context, opnum, stub)
                        stub = b""
        except (EOFError, OSError):
            pass
        self.sock.close()

    def send(self, kind, call, body, flags=3):
        self.sock.sendall(struct.pack("<BBBBLHH", 5, 0, kind, flags, 0x10, 16 + len(body), 0) + call + body)

    def bind(self, kind, call, body):
        items, at, results = body[8], 12, b""
        for _ in range(items):
            number, transfers = struct.unpack("<HB", body[at:at + 3])
            name = bin_to_string(body[at + 4:at + 20]).lower()
            syntax = body[at + 24:at + 44]
            at += 24 + 20 * transfers
            if name in UUIDS and syntax == NDR32:
                self.bound[number] = UUIDS[name]
                results += struct.pack("<HH", 0, 0) + NDR32
            else:
                results += struct.pack("<HH", 2, 1 if name not in UUIDS else 2) + b"\0" * 20
        second = self.address if kind == 11 else b""
        ack = struct.pack("<HHLH", 4280, 4280, 0x1234, len(second)) + second
        ack += b"\0" * (-len(ack) % 4) + struct.pack("<L", items) + results
        self.send(12 if kind == 11 else 15, call, ack)

    def call(self, call, context, opnum, stub):
        handler = CALLS.get((self.bound.get(context), opnum))
        if handler is None:  # nca_s_op_rng_error
            self.send(3, call, struct.pack("<LHBBLL", 0, context, 0, 0, 0x1C010002, 0))
            return
        out = handler(self, stub)
        if isinstance(out, int):
            self.send(3, call, struct.pack("<LHBBLL", 0, context, 0, 0, out, 0))
            return
        data, step = out.getData(), 4000
        for at in range(0, max(len(data), 1), step):
            flags = (1 if at == 0 else 0) | (2 if at + step >= len(data) else 0)
            self.send(2, call, struct.pack("<LHBB", len(data) - at, context, 0, 0) + data[at:at + step], flags)

    def handle(self, name):
        h = hashlib.sha256(name.encode() + os.urandom(8)).digest()[:20]
        h = b"\0\0\0\0" + h[4:]
        self.names[h] = name
        return h


def text(value):
    return str(value).rstrip("\0")


def manager(p, stub):
    r = scmr.ROpenSCManagerWResponse()
    r["lpScHandle"], r["ErrorCode"] = p.handle("manager"), 0
    return r


def service_create(p, stub):
    q, r = scmr.RCreateServiceW(stub), scmr.RCreateServiceWResponse()
    name, path = text(q["lpServiceName"]), text(q["lpBinaryPathName"])
    code = refused(name)
    r["lpdwTagId"], r["lpServiceHandle"], r["ErrorCode"] = NULL, b"\0" * 20 if code else p.handle(name), code
    log("svcctl", "CreateServiceW", service=name, path=path, code=code)
    return r


def service_open(p, stub):
    q, r = scmr.ROpenServiceW(stub), scmr.ROpenServiceWResponse()
    name = text(q["lpServiceName"])
    code = GONE if name.upper().startswith("LZGONE") else 0
    r["lpServiceHandle"], r["ErrorCode"] = b"\0" * 20 if code else p.handle(name), code
    log("svcctl", "OpenServiceW", service=name, code=code)
    return r


def service_change(p, stub):
    q, r = scmr.RChangeServiceConfigW(stub), scmr.RChangeServiceConfigWResponse()
    r["lpdwTagId"], r["ErrorCode"] = NULL, 0
    log("svcctl", "ChangeServiceConfigW", path=text(q["lpBinaryPathName"]), code=0)
    return r


def service_start(p, stub):
    q, r = scmr.RStartServiceW(stub), scmr.RStartServiceWResponse()
    name = p.names.get(bytes(q["hService"]), "")
    r["ErrorCode"] = NOSTART if name.upper().startswith("LZNOSTART") else 0
    log("svcctl", "StartServiceW", service=name, code=r["ErrorCode"])
    return r


def service_delete(p, stub):
    r = scmr.RDeleteServiceResponse()
    r["ErrorCode"] = 0
    return r


def service_control(p, stub):
    r = scmr.RControlServiceResponse()
    for f in ("dwServiceType", "dwCurrentState", "dwControlsAccepted", "dwWin32ExitCode", "dwServiceSpecificExitCode", "dwCheckPoint", "dwWaitHint"):
        r["lpServiceStatus"][f] = 1
    r["ErrorCode"] = 0
    return r


def service_close(p, stub):
    r = scmr.RCloseServiceHandleResponse()
    r["hSCObject"], r["ErrorCode"] = b"\0" * 20, 0
    return r


def job_add(p, stub):
    q, r = atsvc.NetrJobAdd(stub), atsvc.NetrJobAddResponse()
    command = text(q["pAtInfo"]["Command"])
    r["pJobId"], r["ErrorCode"] = 7, DENIED if "LZDENIED" in command.upper() else 0
    log("atsvc", "NetrJobAdd", command=command, code=r["ErrorCode"])
    return r


def job_del(p, stub):
    r = atsvc.NetrJobDelResponse()
    r["ErrorCode"] = 0
    return r


def task_register(p, stub):
    q, r = tsch.SchRpcRegisterTask(stub), tsch.SchRpcRegisterTaskResponse()
    path = text(q["path"])
    code = 0x80070005 if "LZDENIED" in path.upper() or refused(path.lstrip("\\")) else 0
    r["pActualPath"] = path + "\0"
    r["pErrorInfo"], r["ErrorCode"] = NULL, code
    log("ITaskSchedulerService", "SchRpcRegisterTask", path=path, code=code)
    return r


def task_run(p, stub):
    q, r = tsch.SchRpcRun(stub), tsch.SchRpcRunResponse()
    path = text(q["path"])
    r["pGuid"], r["ErrorCode"] = b"\x11" * 16, 0x80041322 if "LZNOSTART" in path.upper() else 0
    log("ITaskSchedulerService", "SchRpcRun", path=path, code=r["ErrorCode"])
    return r


def task_delete(p, stub):
    r = tsch.SchRpcDeleteResponse()
    r["ErrorCode"] = 0
    return r


def root_open(p, stub):
    return Raw(p.handle("HKLM") + struct.pack("<L", 0))


def key_create(p, stub):
    name = text(rrp.BaseRegCreateKey(stub)["lpSubKey"])
    code = refused(name.split("\\")[-1])
    log("winreg", "CreateKey", key=name, code=code)
    return Raw((b"\0" * 20 if code else p.handle(name)) + struct.pack("<LLL", 0x20000, 1, code))


def value_set(p, stub):
    q, r = rrp.BaseRegSetValue(stub), rrp.BaseRegSetValueResponse()
    r["ErrorCode"] = 0
    log("winreg", "SetValue", value=text(q["lpValueName"]), code=0)
    return r


def key_close(p, stub):
    return Raw(b"\0" * 20 + struct.pack("<L", 0))


def policy_open(p, stub):
    return Raw(p.handle("policy") + struct.pack("<L", 0))


def policy_ask(p, stub):
    """LsarQueryInformationPolicy (MS-LSAD 3.1.4.4.4): name and SID of the machine."""
    level = struct.unpack("<H", stub[20:22])[0]
    name, sid = "APPS".encode("utf-16le"), struct.pack("<BBHLLLLL", 1, 4, 0, 0x05000000, 21, 1001, 1002, 1003)
    return Raw(struct.pack("<LHHHHLL", 0x20000, level, 0, len(name), len(name), 0x20004, 0x20008) + struct.pack("<LLL", 4, 0, 4) + name +
               struct.pack("<L", 4) + sid + struct.pack("<L", 0))


def endpoint(p, stub):
    """ept_map (C706 appendix O): whatever is asked for is on one port."""
    q = epm.ept_map(stub)
    tower = epm.EPMTower(b"".join(q["map_tower"]["tower_octet_string"]))
    floors = tower["Floors"][:3]
    raw = struct.pack("<H", 5) + b"".join(f.getData() for f in floors)
    raw += struct.pack("<HBH", 1, 7, 2) + struct.pack(">H", p.port) + struct.pack("<HBH", 1, 9, 4) + socket.inet_aton(CONFIG["ip"])
    out = b"\0" * 20 + struct.pack("<LLLLLL", 1, 4, 0, 1, 3, len(raw)) + struct.pack("<L", len(raw)) + raw
    return Raw(out + b"\0" * (-len(out) % 4) + struct.pack("<L", 0))


def path_canonical(p, stub):
    """NetprPathCanonicalize (MS-SRVS 3.1.4.30): a path is itself; a hardened server refuses those that climb."""
    q = srvs.NetprPathCanonicalize(stub)
    path, room = text(q["PathName"]), min(q["OutbufLen"], 1024)
    code = INVALID if CONFIG["canonical"] == "refuses" and "\\..\\" in path else 0
    log("srvsvc", "NetPathCanonicalize", path=path, code=code)
    out = b"" if code else (path.encode("utf-16le") + b"\0\0")[:room]
    out += b"\0" * (room - len(out))
    return Raw(struct.pack("<L", room) + out + b"\0" * (-room % 4) + struct.pack("<LL", 0 if code else 1, code))


class Raw:
    def __init__(self, data):
        self.data = data

    def getData(self):
        return self.data


CALLS = {("svcctl", 15): manager, ("svcctl", 12): service_create, ("svcctl", 16): service_open, ("svcctl", 11): service_change, ("svcctl", 19): service_start,
         ("svcctl", 2): service_delete, ("svcctl", 1): service_control, ("svcctl", 0): service_close, ("atsvc", 0): job_add, ("atsvc", 1): job_del,
         ("ITaskSchedulerService", 1): task_register, ("ITaskSchedulerService", 12): task_run, ("ITaskSchedulerService", 13): task_delete,
         ("winreg", 2): root_open, ("winreg", 6): key_create, ("winreg", 22): value_set, ("winreg", 5): key_close, ("epmapper", 3): endpoint,
         ("lsarpc", 6): policy_open, ("lsarpc", 7): policy_ask, ("lsarpc", 0): key_close, ("srvsvc", 31): path_canonical}
CONFIG = {}


def log(interface, operation, code=0, **words):
    with open(CONFIG["log"], "a") as f:
        f.write(json.dumps({"interface": interface, "operation": operation, "code": code & 0xFFFFFFFF, "words": words}) + "\n")


def listen(address, port, epm_port):
    s = socket.socket()
    s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    s.bind((address, port))
    s.listen(20)

    def forever():
        while True:
            Peer(s.accept()[0], epm_port).start()
    threading.Thread(target=forever, daemon=True).start()
    return s.getsockname()[1]


def introduce(server):
    """Gives the mock the name of its host, and an identity that is made of no letters (MS-SMB2 2.2.4)."""
    from impacket import smb, smb3structs
    conf = server._SimpleSMBServer__smbConfig
    for key, value in (("server_name", socket.gethostname().upper()), ("server_domain", CONFIG.get("domain", "LAZARUS")), ("server_os", "Windows 5.1")):
        conf.set("global", key, value)
    inner = server._SimpleSMBServer__server
    inner.setServerConfig(conf)
    inner.processConfigFile()
    identity = hashlib.sha256(socket.gethostname().encode()).digest()[:16]

    def two(*args):
        got = first2(*args)
        for packet in got[1]:
            packet["Data"]["ServerGuid"] = identity
        return got

    def one(*args):
        got = first1(*args)
        for packet in got[1] or []:
            for c in packet["Data"] if isinstance(packet["Data"], list) else []:
                if "ServerGUID" in getattr(c["Data"], "fields", {}):
                    c["Data"]["ServerGUID"] = identity
        return got
    first2 = inner.hookSmb2Command(smb3structs.SMB2_NEGOTIATE, None)
    inner.hookSmb2Command(smb3structs.SMB2_NEGOTIATE, two)
    first1 = inner.hookSmbCommand(smb.SMB.SMB_COM_NEGOTIATE, None)
    inner.hookSmbCommand(smb.SMB.SMB_COM_NEGOTIATE, one)


def serve():
    from impacket import ntlm, smbserver
    port = listen(CONFIG["ip"], CONFIG["dynamic"], CONFIG["dynamic"])
    listen(CONFIG["ip"], 135, port)
    inner = listen("127.0.0.1", 0, port)
    server = smbserver.SimpleSMBServer(listenAddress=CONFIG["ip"], listenPort=445)
    for share, path in CONFIG["shares"].items():
        server.addShare(share, path, "Remote Admin")
    server.setSMB2Support(True)
    server.addCredential(CONFIG["user"], 0, ntlm.compute_lmhash(CONFIG["password"]).hex(), ntlm.compute_nthash(CONFIG["password"]).hex())
    for user, password in CONFIG.get("also") or ():
        server.addCredential(user, 0, ntlm.compute_lmhash(password).hex(), ntlm.compute_nthash(password).hex())
    server.setLogFile(CONFIG["log"] + ".smb")
    for pipe in ["svcctl", "atsvc", "winreg", "lsarpc"] + (["srvsvc"] if "canonical" in CONFIG else []):
        server.registerNamedPipe(pipe, ("127.0.0.1", inner))
    introduce(server)
    server.start()


def main():
    with open(sys.argv[2]) as f:
        CONFIG.update(json.load(f))
    if sys.argv[1] == "serve":
        return serve()
    import rpcplays
    rpcplays.play(sys.argv[1], CONFIG)
    tell(done=True)


if __name__ == "__main__":
    main()
