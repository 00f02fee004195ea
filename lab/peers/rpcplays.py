"""Clients of remote procedures on python3-impacket, run by rpc.py.

Each play copies inert programs to ADMIN$ where such a client would, makes its
calls one by one, and reports every call with what came back. Nothing here
starts anything: the peer is a mock, or a Samba that knows no such service.
"""
import hashlib
import json

from impacket import smb
from impacket.dcerpc.v5 import atsvc, epm, rrp, samr, scmr, transport, tsch
from impacket.dcerpc.v5.dtypes import NULL
from impacket.dcerpc.v5.rpcrt import RPC_C_AUTHN_WINNT, DCERPCException
from impacket.smb3structs import SMB2_DIALECT_002
from impacket.smbconnection import SMBConnection

JOB = {}


def tell(**what):
    print(json.dumps(what), flush=True)


class Way:
    """How calls travel: a pipe over SMB1 or SMB2, or TCP."""

    level = "none"

    def __init__(self, kind, pipe=""):
        self.kind, self.pipe, self.port = kind, pipe, 445
        if kind == "tcp":
            return
        self.conn = SMBConnection(JOB["server"], JOB["server"], myName=JOB["myname"], sess_port=445,
                                  preferredDialect=smb.SMB_DIALECT if kind == "smb1" else JOB.get("dialect", SMB2_DIALECT_002), timeout=20)
        self.conn.login(JOB["user"], JOB["password"], JOB["domain"])
        tell(logon={"kind": "ntlm", "carrier": kind, "proto": "tcp", "port": 445, "user": JOB["user"], "domain": JOB["domain"],
                    "outcome": "granted", "count": 1})

    def bind(self, interface, uuid, pipe="", level=None):
        self.interface = interface
        if self.kind == "tcp":
            where = epm.hept_map(JOB["server"], uuid, protocol="ncacn_ip_tcp")
            call("epmapper", "Map", 3, Way135, {"interface": interface})
            self.port = int(where.split("[")[1].rstrip("]"))
            t = transport.DCERPCTransportFactory(where)
            self.level = {6: "privacy"}.get(level, "none")
            if level:
                t.set_credentials(JOB["user"], JOB["password"], JOB["domain"])
        else:
            self.pipe = pipe
            t = transport.SMBTransport(JOB["server"], 445, pipe, smb_connection=self.conn)
        dce = t.get_dce_rpc()
        if level:
            dce.set_auth_type(RPC_C_AUTHN_WINNT)
            dce.set_auth_level(level)
        dce.connect()
        dce.bind(uuid)
        return dce


class Way135:
    kind, port, pipe, level = "tcp", 135, "", "none"


def call(interface, operation, opnum, way, words, error=None):
    outcome, code = "ok", "0x00000000"
    if error is not None:
        number = error.get_error_code() if hasattr(error, "get_error_code") and error.get_error_code() is not None else 0x1C010002
        outcome, code = "error", "0x%08x" % (number & 0xFFFFFFFF)
        if "nca_s" in str(error) or "rpc_x" in str(error).lower():
            outcome = "fault"
    tell(call={"transport": way.kind, "port": way.port, "pipe": way.pipe, "interface": interface, "operation": operation,
               "opnum": opnum, "level": way.level, "sealed": way.level == "privacy", "outcome": outcome, "code": code, "words": words, "count": 1})


def tried(way, interface, operation, opnum, words, fn):
    """Makes one call and reports it; gives its answer, or None if refused."""
    try:
        r = fn()
    except DCERPCException as e:
        call(interface, operation, opnum, way, words, e)
        return None
    call(interface, operation, opnum, way, words)
    return r


def copy(way, share, name):
    with open(JOB["files"][name.split("\\")[-1]], "rb") as f:
        data = f.read()
    at = [0]

    def piece(n):
        b = data[at[0]:at[0] + n]
        at[0] += len(b)
        return b
    way.conn.putFile(share, name, piece)
    tell(tree={"share": share, "status": "NT_STATUS_OK"})
    tell(op={"operation": "write", "share": share, "path": name, "to": "", "status": "NT_STATUS_OK"})
    tell(file={"share": share, "path": name, "up": True, "size": len(data), "sha256": hashlib.sha256(data).hexdigest(),
               "md5": hashlib.md5(data).hexdigest(), "complete": True, "seen": 0, "connections": 0, "detail": way.kind, "refused": ""})


def service(way, dce, name, path, start=True):
    i = "svcctl"
    m = tried(way, i, "OpenSCManagerW", 15, {}, lambda: scmr.hROpenSCManagerW(dce))
    if m is None:
        return
    s = tried(way, i, "CreateServiceW", 12, {"service": name, "path": path},
              lambda: scmr.hRCreateServiceW(dce, m["lpScHandle"], name + "\0", name + "\0", lpBinaryPathName=path + "\0", dwStartType=scmr.SERVICE_DEMAND_START))
    if s is not None:
        h = s["lpServiceHandle"]
        if start:
            tried(way, i, "StartServiceW", 19, {"service": name}, lambda: scmr.hRStartServiceW(dce, h))
        tried(way, i, "DeleteService", 2, {"service": name}, lambda: scmr.hRDeleteService(dce, h))
        tried(way, i, "CloseServiceHandle", 0, {}, lambda: scmr.hRCloseServiceHandle(dce, h))
    tried(way, i, "CloseServiceHandle", 0, {}, lambda: scmr.hRCloseServiceHandle(dce, m["lpScHandle"]))


def services(kind):
    """A program is copied, made a service, started; refused; not started."""
    way = Way(kind)
    if kind != "tcp":
        copy(way, "ADMIN$", "SERVICEX.EXE")
        copy(way, "ADMIN$", "Temp\\SETUPX.EXE")
    dce = way.bind("svcctl", scmr.MSRPC_UUID_SCMR, "\\svcctl")
    service(way, dce, "LZSERVICEX", "%SystemRoot%\\SERVICEX.EXE")
    service(way, dce, "LZDENIEDX", "\\\\10.20.30.104\\ADMIN$\\SERVICEX.EXE")
    service(way, dce, "LZNOSTARTX", "C:\\Windows\\Temp\\SETUPX.EXE -k update")
    m = tried(way, "svcctl", "OpenSCManagerW", 15, {}, lambda: scmr.hROpenSCManagerW(dce))["lpScHandle"]
    tried(way, "svcctl", "OpenServiceW", 16, {"service": "LZGONEX"}, lambda: scmr.hROpenServiceW(dce, m, "LZGONEX\0"))
    h = tried(way, "svcctl", "OpenServiceW", 16, {"service": "LZKNOWNX"}, lambda: scmr.hROpenServiceW(dce, m, "LZKNOWNX\0"))["lpServiceHandle"]
    tried(way, "svcctl", "ChangeServiceConfigW", 11, {"service": "LZKNOWNX", "path": "%SystemRoot%\\SERVICEX.EXE"},
          lambda: scmr.hRChangeServiceConfigW(dce, h, lpBinaryPathName="%SystemRoot%\\SERVICEX.EXE\0"))
    tried(way, "svcctl", "StartServiceW", 19, {"service": "LZKNOWNX"}, lambda: scmr.hRStartServiceW(dce, h))
    tried(way, "svcctl", "ControlService", 1, {"service": "LZKNOWNX"}, lambda: scmr.hRControlService(dce, h, scmr.SERVICE_CONTROL_STOP))
    # The mock does not know this one: a fault.
    tried(way, "svcctl", "QueryServiceStatus", 6, {"service": "LZKNOWNX"}, lambda: scmr.hRQueryServiceStatus(dce, h))
    dce.disconnect()


XML = """<?xml version="1.0" encoding="UTF-16"?>
<Task version="1.2" xmlns="http://schemas.microsoft.com/windows/2004/02/mit/task"><Triggers><TimeTrigger><StartBoundary>2026-11-23T12:00:00</StartBoundary></TimeTrigger></Triggers>
<Principals><Principal id="LocalSystem"><UserId>S-1-5-18</UserId></Principal></Principals><Settings><Hidden>true</Hidden><Enabled>true</Enabled></Settings>
<Actions Context="LocalSystem"><Exec><Command>C:\\Windows\\Temp\\SETUPX.EXE</Command><Arguments>/quiet</Arguments></Exec></Actions></Task>"""


def tasks(kind):
    """Jobs and tasks: added, refused, run, not run, deleted."""
    way = Way(kind)
    if kind != "tcp":
        copy(way, "ADMIN$", "Temp\\SETUPX.EXE")
        dce = way.bind("atsvc", atsvc.MSRPC_UUID_ATSVC, "\\atsvc")
        for command in ("%SystemRoot%\\Temp\\SETUPX.EXE", "C:\\Windows\\LZDENIED.EXE"):
            info = atsvc.AT_INFO()
            info["JobTime"], info["DaysOfMonth"], info["DaysOfWeek"], info["Flags"], info["Command"] = 43200000, 0, 0, 0, command + "\0"
            tried(way, "atsvc", "NetrJobAdd", 0, {"command": command}, lambda: atsvc.hNetrJobAdd(dce, NULL, info))
        tried(way, "atsvc", "NetrJobDel", 1, {}, lambda: atsvc.hNetrJobDel(dce, NULL, 7, 7))
        dce.disconnect()
    dce = way.bind("ITaskSchedulerService", tsch.MSRPC_UUID_TSCHS, "\\atsvc")
    i = "ITaskSchedulerService"
    # A long description makes the request longer than a fragment.
    for path, xml in (("\\LZUPDATEX", XML), ("\\LZDENIEDX", XML), ("\\LZNOSTARTX", XML.replace("<Triggers>", "<!-- %s --><Triggers>" % ("calibration " * 300)))):
        ok = tried(way, i, "SchRpcRegisterTask", 1, {"path": path, "command": "C:\\Windows\\Temp\\SETUPX.EXE"},
                   lambda: tsch.hSchRpcRegisterTask(dce, path + "\0", xml + "\0", tsch.TASK_CREATE, NULL, tsch.TASK_LOGON_NONE))
        if ok is not None:
            tried(way, i, "SchRpcRun", 12, {"path": path}, lambda: tsch.hSchRpcRun(dce, path + "\0"))
            tried(way, i, "SchRpcDelete", 13, {"path": path}, lambda: tsch.hSchRpcDelete(dce, path + "\0"))
    dce.disconnect()


def registry(kind):
    """A key and two values that would start a program at log-in."""
    way = Way(kind)
    dce = way.bind("winreg", rrp.MSRPC_UUID_RRP, "\\winreg")
    root = tried(way, "winreg", "OpenHKLM", 2, {}, lambda: rrp.hOpenLocalMachine(dce))["phKey"]
    for key in ("SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Run", "SOFTWARE\\LZDENIEDX"):
        k = tried(way, "winreg", "CreateKey", 6, {"key": key}, lambda: rrp.hBaseRegCreateKey(dce, root, key + "\0"))
        if k is None:
            continue
        tried(way, "winreg", "SetValue", 22, {"value": "LZUpdater"},
              lambda: rrp.hBaseRegSetValue(dce, k["phkResult"], "LZUpdater\0", rrp.REG_SZ, "C:\\Windows\\Temp\\SETUPX.EXE\0"))
        tried(way, "winreg", "SetValue", 22, {"value": "LZCount"}, lambda: rrp.hBaseRegSetValue(dce, k["phkResult"], "LZCount\0", rrp.REG_DWORD, 5))
        tried(way, "winreg", "CloseKey", 5, {}, lambda: rrp.hBaseRegCloseKey(dce, k["phkResult"]))
    dce.disconnect()


def unknown(kind):
    """A bind to an interface that the server does not have."""
    way = Way(kind)
    try:
        way.bind("samr", samr.MSRPC_UUID_SAMR, "\\svcctl")
    except DCERPCException:
        tell(call={"transport": kind, "port": 445, "pipe": "\\svcctl", "interface": "samr", "operation": "bind", "opnum": -1, "level": "none",
                   "outcome": "refused", "code": "", "words": {}, "count": 1})
        return
    raise RuntimeError("the mock took a bind to an interface it does not have")


def endian():
    """Calls in the byte order of big machines, by Samba's own bindings."""
    from samba.credentials import Credentials
    from samba.dcerpc import srvsvc, svcctl
    from samba.param import LoadParm
    lp = LoadParm()
    lp.load_default()
    c = Credentials()
    c.guess(lp)
    c.set_username(JOB["user"])
    c.set_password(JOB["password"])
    c.set_domain(JOB["domain"])
    c.set_workstation(JOB["myname"])
    way = Way135()
    way.kind, way.port, way.pipe = "smb2", 445, "\\srvsvc"
    s = srvsvc.srvsvc("ncacn_np:%s[bigendian]" % JOB["server"], lp, c)
    for level in (100, 101):
        s.NetSrvGetInfo("\\\\" + JOB["server"], level)
        call("srvsvc", "NetSrvGetInfo", 21, way, {})
    way.pipe = "\\svcctl"
    s = svcctl.svcctl("ncacn_np:%s[bigendian]" % JOB["server"], lp, c)
    h = s.OpenSCManagerW("\\\\" + JOB["server"], None, 1)
    call("svcctl", "OpenSCManagerW", 15, way, {})
    s.CloseServiceHandle(h)
    call("svcctl", "CloseServiceHandle", 0, way, {})


def play(name, job):
    JOB.update(job)
    plays = {"services": services, "tasks": tasks, "registry": registry, "unknown": unknown}
    if name == "endian":
        return endian()
    plays[name](JOB["transport"])
