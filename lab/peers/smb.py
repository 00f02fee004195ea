"""Visits to a file server that no ordinary client makes, on python3-impacket.

    smb.py PLAY JOB.json

JOB.json holds server, port, user, password, domain, share and files (name on
the share to a local file). It prints one JSON object a line: the trees, the
operations with their statuses and the files, as the truth of the lab has
them. Everything is bounded and harmless: files are moved, nothing runs.

Plays: cifs (SMB1 in all its forms), forms (SMB2: compounds, pieces in odd
order, appends, locks), trees (several trees in one session), broken (a
connection that ends in the middle), channels (SMB 3.0, one session and one
file over two connections).
"""
import hashlib
import json
import struct
import sys

from impacket import smb, smb3
from impacket.smb3structs import *  # the names of MS-SMB2
from impacket.smbconnection import SessionError, SMBConnection

JOB = {}


def tell(**what):
    print(json.dumps(what), flush=True)


def status(err):
    code = err.getErrorCode() if hasattr(err, "getErrorCode") else err.get_error_code()
    known = {0xC0000022: "ACCESS_DENIED", 0xC0000034: "OBJECT_NAME_NOT_FOUND", 0xC00000CC: "BAD_NETWORK_NAME",
             0xC0000043: "SHARING_VIOLATION", 0xC0000035: "OBJECT_NAME_COLLISION", 0xC00000CA: "NETWORK_ACCESS_DENIED",
             0xC000000D: "INVALID_PARAMETER", 0xC0000002: "NOT_IMPLEMENTED", 0xC0000055: "LOCK_NOT_GRANTED",
             0xC0000054: "FILE_LOCK_CONFLICT", 0xC0000101: "DIRECTORY_NOT_EMPTY", 0xC000006D: "LOGON_FAILURE"}
    return "NT_STATUS_" + known.get(code & 0xFFFFFFFF, "0x%08x" % (code & 0xFFFFFFFF))


def op(operation, path="", to="", share=None, state="NT_STATUS_OK"):
    tell(op={"operation": operation, "share": share or JOB["share"], "path": path, "to": to, "status": state})


def tree(share, state="NT_STATUS_OK"):
    tell(tree={"share": share, "status": state})


def moved(path, data, up, share=None, seen=None, connections=0, detail="", refused=""):
    f = {"share": share or JOB["share"], "path": path, "up": up, "size": len(data), "sha256": hashlib.sha256(data).hexdigest(),
         "md5": hashlib.md5(data).hexdigest(), "complete": seen is None and not refused, "seen": seen or 0,
         "connections": connections, "detail": detail, "refused": refused}
    tell(file=f)


def load(name):
    with open(JOB["files"][name], "rb") as f:
        return f.read()


def connect(dialect):
    c = SMBConnection(JOB["server"], JOB["server"], myName=JOB["myname"], sess_port=JOB["port"], preferredDialect=dialect, timeout=20)
    c.login(JOB["user"], JOB["password"], JOB["domain"])
    return c


def trans2(s, tid, sub, param, data=b""):
    """One TRANSACTION2 (MS-CIFS 2.2.4.46) in exact bytes: impacket pads text."""
    name = b"\0\0\0"  # an empty name and padding
    at = 32 + 1 + 2 * 15 + 2 + len(name)
    pad = (4 - (at + len(param)) % 4) % 4
    words = struct.pack("<HHHHBBHLHHHHHBBH", len(param), len(data), 10, 65000, 0, 0, 0, 0, 0, len(param), at,
                        len(data), at + len(param) + pad, 1, 0, sub)
    return raw(s, tid, 0x32, words, name + param + b"\0" * pad + data)


def raw(s, tid, command, words, data, answer=True):
    p = smb.NewSMBPacket()
    p["Tid"] = tid
    c = smb.SMBCommand(command)
    c["Parameters"], c["Data"] = words, data
    p.addCommand(c)
    s.sendSMB(p)
    return s.recvSMB() if answer else None


def error(p):
    return p["ErrorClass"] | p["_reserved"] << 8 | p["ErrorCode"] << 16


def cifs():
    """SMB1: each way to open, read, write, find and ask (MS-CIFS 2.2.4)."""
    c = connect(smb.SMB_DIALECT)
    s = c.getSMBServer()
    share = JOB["share"]
    tid = c.connectTree("\\\\%s\\%s" % (JOB["server"], share))
    tree(share)
    s.echo("LZ" * 8, 2)
    cifs_files(s, tid)
    cifs_asks(s, tid)
    for name in ["ANDX.BIN", "CORE.BIN", "SECONDARY.TXT"]:
        s.remove(share, name)
        op("delete", name)
    c.disconnectTree(tid)
    c.logoff()


def cifs_files(s, tid):
    share = JOB["share"]
    data = load("ANDX.BIN")
    fid = s.nt_create_andx(tid, "\\ANDX.BIN", disposition=smb.FILE_OVERWRITE_IF, accessMask=0x12019F)
    for at in range(0, len(data), 16000):
        s.write_andx(tid, fid, data[at:at + 16000], at)
    s.query_file_info(tid, fid)
    s.close(tid, fid)
    op("write", "ANDX.BIN")
    moved("ANDX.BIN", data, True, detail="WRITE_ANDX in pieces")
    fid = s.open_andx(tid, "\\ANDX.BIN", 1, 0x40)[0]
    got = b""
    while len(got) < len(data):
        got += s.read_andx(tid, fid, len(got), 4096)
    s.close(tid, fid)
    op("read", "ANDX.BIN")
    moved("ANDX.BIN", got, False, detail="OPEN_ANDX, READ_ANDX in pieces")
    # The core protocol: OPEN, WRITE, READ. OPEN makes no file.
    data = load("CORE.BIN")
    s.close(tid, s.nt_create_andx(tid, "\\CORE.BIN", disposition=smb.FILE_CREATE, accessMask=0x12019F))
    fid = s.open(tid, "\\CORE.BIN", 1, 0x42)[0]
    for at in range(0, len(data), 1000):
        s.write(tid, fid, data[at:at + 1000], at)
    got = b""
    while len(got) < len(data):
        got += s.read(tid, fid, len(got), min(1200, len(data) - len(got)))
    s.close(tid, fid)
    op("write", "CORE.BIN")
    op("read", "CORE.BIN")
    moved("CORE.BIN", data, True, detail="OPEN, WRITE")
    moved("CORE.BIN", got, False, detail="OPEN, READ")
    # One packet of two: OPEN_ANDX with READ_ANDX behind it, whose handle is
    # that of the first.
    text = load("SECONDARY.TXT")
    fid = s.nt_create_andx(tid, "\\SECONDARY.TXT", disposition=smb.FILE_CREATE, accessMask=0x12019F)
    s.write_andx(tid, fid, text, 0)
    s.close(tid, fid)
    op("write", "SECONDARY.TXT")
    moved("SECONDARY.TXT", text, True, detail="WRITE_ANDX")
    name = b"\\SECONDARY.TXT\0"  # impacket's SMB1 speaks ASCII
    first = struct.pack("<HHHHLHLLL", 0, 0x40, 6, 0, 0, 1, 0, 0, 0)
    words = struct.pack("<BBH", 0x2E, 0, 32 + 1 + 4 + len(first) + 2 + len(name)) + first
    second = struct.pack("<BBHHLHHLHL", 0xFF, 0, 0, 0, 0, len(text), len(text), 0, 0, 0)
    p = smb.NewSMBPacket()
    p["Tid"] = tid
    one, two = smb.SMBCommand(0x2D), smb.SMBCommand(0x2E)
    one["Parameters"], one["Data"] = words, name
    two["Parameters"], two["Data"] = second, b""
    p["Command"] = 0x2D
    p["Data"].append(one)
    p["Data"].append(two)
    s.sendSMB(p)
    ans = s.recvSMB()
    if error(ans) == 0:
        op("read", "SECONDARY.TXT")
        moved("SECONDARY.TXT", text, False, detail="OPEN_ANDX and READ_ANDX in one packet")
        s.close(tid, struct.unpack("<H", ans["Data"][0][5:7])[0])
    try:
        s.nt_create_andx(tid, "\\NOSUCH.BIN")
    except Exception as e:
        op("read", "NOSUCH.BIN", state=status(e))


def cifs_asks(s, tid):
    share = JOB["share"]
    s.mkdir(share, "OLDDIR")
    op("mkdir", "OLDDIR")
    s.check_dir(share, "OLDDIR")
    s.rename(share, "CORE.BIN", "OLDDIR\\CORE2.BIN")
    op("rename", "CORE.BIN", "OLDDIR\\CORE2.BIN")
    s.rename(share, "OLDDIR\\CORE2.BIN", "CORE.BIN")
    op("rename", "OLDDIR\\CORE2.BIN", "CORE.BIN")
    s.list_path(share, "*")
    op("list", "*")
    s.rmdir(share, "OLDDIR")
    op("rmdir", "OLDDIR")
    # QUERY_PATH_INFORMATION, QUERY_FS_INFORMATION, SET_PATH by TRANSACTION2.
    path = b"\\ANDX.BIN\0"
    trans2(s, tid, 5, struct.pack("<HL", 0x101, 0) + path)
    trans2(s, tid, 5, struct.pack("<HL", 0x107, 0) + path)
    trans2(s, tid, 3, struct.pack("<H", 0x105))
    # The sub-command that no server has and a back door answers to.
    got = trans2(s, tid, 0x0E, b"\0" * 12)
    op("trans2-session-setup", state="NT_STATUS_0x%08x" % error(got))
    # NT_TRANSACT: QUERY_SECURITY_DESC of a file (MS-CIFS 2.2.7.6).
    fid = s.nt_create_andx(tid, "\\ANDX.BIN", accessMask=0x20089)
    param = struct.pack("<HHL", fid, 0, 7)
    words = struct.pack("<BHLLLLLLLLBH", 0, 0, len(param), 0, 4, 4096, len(param), 32 + 1 + 38 + 2 + 3, 0, 0, 0, 6)
    got = raw(s, tid, 0xA0, words, b"\0\0\0" + param)
    op("query-security", "ANDX.BIN", state="NT_STATUS_OK" if error(got) == 0 else "NT_STATUS_0x%08x" % error(got))
    # LOCKING_ANDX: lock and unlock the first ten bytes.
    for locks in ((0, 1), (1, 0)):
        words = struct.pack("<BBHHBBLHH", 0xFF, 0, 0, fid, 0, 0, 0, locks[0], locks[1])
        raw(s, tid, 0x24, words, struct.pack("<HLL", 0xFEFF, 0, 10))
    op("lock", "ANDX.BIN")
    raw(s, tid, 0x05, struct.pack("<H", fid), b"")  # FLUSH
    s.close(tid, fid)
    # RAP over a tree of its own: NetShareEnum and NetServerEnum2 (MS-RAP).
    ipc = s.tree_connect_andx("\\\\%s\\IPC$" % JOB["server"])
    tree("IPC$")
    for call, params, words in ((0, b"WrLeh\0B13BWz\0", struct.pack("<HH", 1, 4096)),
                                (104, b"WrLehDz\0B16BBDz\0", struct.pack("<HHL", 1, 4096, 0xFFFFFFFF) + b"LAZARUS\0")):
        body = struct.pack("<H", call) + params + words
        name = b"\\PIPE\\LANMAN\0"
        at = 32 + 1 + 28 + 2 + len(name)
        w = struct.pack("<HHHHBBHLHHHHHBB", len(body), 0, 8, 4096, 0, 0, 0, 5000, 0, len(body), at, 0, at + len(body), 0, 0)
        got = raw(s, ipc, 0x25, w, name + body)
        op("rap-%d" % call, share="IPC$", state="NT_STATUS_OK" if error(got) == 0 else "NT_STATUS_0x%08x" % error(got))
    # A mailslot written through SMB, as old clients announce themselves.
    name = b"\\MAILSLOT\\LZSLOT\0"
    body = b"\x01\0LZOLD\0"
    at = 32 + 1 + 34 + 2 + len(name)
    w = struct.pack("<HHHHBBHLHHHHHBBHHH", 0, len(body), 0, 0, 0, 0, 0, 1000, 0, 0, at, len(body), at, 3, 0, 1, 1, 2)
    got = raw(s, ipc, 0x25, w, name + body)
    op("mailslot", "\\MAILSLOT\\LZSLOT", share="IPC$", state="NT_STATUS_OK" if error(got) == 0 else "NT_STATUS_0x%08x" % error(got))
    s.disconnect_tree(ipc)


def two(share=None):
    c = connect(SMB2_DIALECT_21)
    share = share or JOB["share"]
    tid = c.connectTree(share)
    tree(share)
    return c, c.getSMBServer(), tid


def create(s, tid, name, disposition=FILE_OVERWRITE_IF, access=FILE_READ_DATA | FILE_WRITE_DATA | FILE_APPEND_DATA | 0x80 | DELETE, options=FILE_NON_DIRECTORY_FILE):
    return s.create(tid, name, access, FILE_SHARE_READ, options, disposition, 0)


def forms():
    """SMB2: pieces in odd order, appends, compounds, locks (MS-SMB2)."""
    c, s, tid = two()
    data = load("PIECES.DAT")
    step = 20000
    pieces = list(range(0, len(data), step))
    f = create(s, tid, "PIECES.DAT")
    for at in pieces[1::2] + pieces[0::2][::-1]:
        part = data[at:at + step]
        s.write(tid, f, part, at, len(part))
    s.flush(tid, f)
    s.close(tid, f)
    op("write", "PIECES.DAT")
    moved("PIECES.DAT", data, True, detail="pieces out of order")
    f = create(s, tid, "PIECES.DAT", FILE_OPEN, FILE_READ_DATA)
    got = {at: s.read(tid, f, at, min(step, len(data) - at)) for at in pieces[::-1]}
    s.close(tid, f)
    op("read", "PIECES.DAT")
    moved("PIECES.DAT", b"".join(got[at] for at in pieces), False, detail="pieces from the last to the first")
    f = create(s, tid, "PIECES.DAT", FILE_OPEN, FILE_READ_DATA)
    s.read(tid, f, 40000, 1000)
    s.close(tid, f)
    op("read-part", "PIECES.DAT")
    moved("PIECES.DAT", data, False, seen=1000, detail="1000 bytes from offset 40000")
    # One file, written at three times.
    log = load("LOG.TXT")
    cut = len(log) // 3
    at = 0
    for part in (log[:cut], log[cut:2 * cut], log[2 * cut:]):
        f = create(s, tid, "LOG.TXT", FILE_OPEN_IF)
        s.write(tid, f, part, at, len(part))
        s.close(tid, f)
        at += len(part)
        op("append" if at > cut else "write", "LOG.TXT")
    moved("LOG.TXT", log, True, detail="written in three opens, each after the last")
    # A byte is changed in place: what is then on disk is another file.
    f = create(s, tid, "LOG.TXT", FILE_OPEN)
    s.write(tid, f, b"X", 5, 1)
    s.close(tid, f)
    op("overwrite", "LOG.TXT")
    forms_related(s, tid)
    forms_rest(s, tid)
    c.logoff()


def forms_related(s, tid):
    """CREATE, WRITE, CLOSE in one message; CREATE, READ, CLOSE (3.2.4.1.4)."""
    data = load("COMPOUND.TXT")
    for up in (True, False):
        last = b"\xff" * 16
        cr = SMB2Create()
        name = "COMPOUND.TXT".encode("utf-16le")
        cr["RequestedOplockLevel"], cr["ImpersonationLevel"], cr["DesiredAccess"] = 0, SMB2_IL_IMPERSONATION, 0x12019F if up else 0x120089
        cr["FileAttributes"], cr["ShareAccess"], cr["CreateOptions"] = 0, 7, FILE_NON_DIRECTORY_FILE
        cr["CreateDisposition"] = FILE_OVERWRITE_IF if up else FILE_OPEN
        cr["NameLength"], cr["Buffer"], cr["CreateContextsOffset"], cr["CreateContextsLength"] = len(name), name, 0, 0
        if up:
            io = SMB2Write()
            io["FileID"], io["Length"], io["Offset"], io["WriteChannelInfoOffset"], io["Buffer"] = last, len(data), 0, 0, data
        else:
            io = SMB2Read()
            io["Padding"], io["FileID"], io["Length"], io["Offset"] = 0x50, last, len(data), 0
        cl = SMB2Close()
        cl["Flags"], cl["FileID"] = 0, last
        compound(s, tid, [(SMB2_CREATE, cr), (SMB2_WRITE if up else SMB2_READ, io), (SMB2_CLOSE, cl)])
        op("write" if up else "read", "COMPOUND.TXT")
        moved("COMPOUND.TXT", data, up, detail="one related compound")


def compound(s, tid, parts):
    """Sends related requests in one message and takes the answers."""
    out = b""
    for i, (command, body) in enumerate(parts):
        p = s.SMB_PACKET()
        p["Command"], p["TreeID"], p["SessionID"] = command, tid, s._Session["SessionID"]
        p["MessageID"] = s._Connection["SequenceWindow"]
        s._Connection["SequenceWindow"] += 1
        p["CreditCharge"], p["CreditRequestResponse"] = 1, 16
        p["Flags"] = SMB2_FLAGS_RELATED_OPERATIONS if i else 0
        p["Data"] = body
        b = p.getData()
        if i < len(parts) - 1:
            b += b"\0" * (-len(b) % 8)
            b = b[:20] + struct.pack("<L", len(b)) + b[24:]
        out += b
    s._NetBIOSSession.send_packet(out)
    got, n = s._NetBIOSSession.recv_packet(20).get_trailer(), 0
    while True:
        code, ahead = struct.unpack("<L", got[8:12])[0], struct.unpack("<L", got[20:24])[0]
        if code:
            raise RuntimeError("part %d of a compound: 0x%08x" % (n, code))
        n += 1
        if not ahead:
            break
        got = got[ahead:]
    if n != len(parts):
        raise RuntimeError("%d answers to %d requests" % (n, len(parts)))


def forms_rest(s, tid):
    share = JOB["share"]
    f = create(s, tid, "PIECES.DAT", FILE_OPEN)
    lock = SMB2Lock()
    lock["FileID"], lock["LockCount"], lock["LockSequence"] = f, 1, 0
    lock["Locks"] = struct.pack("<QQLL", 0, 100, SMB2_LOCKFLAG_EXCLUSIVE_LOCK | SMB2_LOCKFLAG_FAIL_IMMEDIATELY, 0)
    p = s.SMB_PACKET()
    p["Command"], p["TreeID"], p["Data"] = SMB2_LOCK, tid, lock
    s.recvSMB(s.sendSMB(p)).isValidAnswer(0)
    op("lock", "PIECES.DAT")
    s.queryInfo(tid, f, fileInfoClass=SMB2_FILE_STANDARD_INFO)
    s.close(tid, f)
    s.echo()
    s.mkdir(share, "NEW")
    op("mkdir", "NEW")
    s.rename(share, "LOG.TXT", "NEW\\LOG.BAK")
    op("rename", "LOG.TXT", "NEW\\LOG.BAK")
    # A watch that ends because something happens, one that is cancelled.
    d = s.create(tid, "NEW", 0x81, 7, FILE_DIRECTORY_FILE, FILE_OPEN, 0)
    watch = watching(s, tid, d)
    s.remove(share, "NEW\\LOG.BAK")
    op("delete", "NEW\\LOG.BAK")
    s.recvSMB(watch)
    op("watch", "NEW")
    watch = watching(s, tid, d)
    p = s.SMB_PACKET()
    p["Command"], p["MessageID"] = SMB2_CANCEL, watch
    p["Data"] = SMB2Cancel()
    s.sendSMB(p)
    got = s.recvSMB(watch)
    op("watch", "NEW", state="NT_STATUS_CANCELLED" if got["Status"] == 0xC0000120 else "NT_STATUS_0x%08x" % got["Status"])
    s.close(tid, d)
    s.rmdir(share, "NEW")
    op("rmdir", "NEW")
    try:
        create(s, tid, "NOSUCH.DAT", FILE_OPEN)
    except smb3.SessionError as e:
        op("read", "NOSUCH.DAT", state=status(e))
    f = create(s, tid, "COMPOUND.TXT", FILE_OPEN, options=FILE_NON_DIRECTORY_FILE | 0x1000)
    s.close(tid, f)
    op("delete", "COMPOUND.TXT")


def watching(s, tid, d):
    w = SMB2ChangeNotify()
    w["Flags"], w["OutputBufferLength"], w["FileID"], w["CompletionFilter"] = 0, 4096, d, 0x17F
    p = s.SMB_PACKET()
    p["Command"], p["TreeID"], p["Data"] = SMB2_CHANGE_NOTIFY, tid, w
    return s.sendSMB(p)


def trees():
    """One session, several trees; a file to each; refusals."""
    c = connect(SMB2_DIALECT_21)
    s = c.getSMBServer()
    data = load("SETUPX.EXE")
    for share in ("IPC$", "ADMIN$", "C$", "images", "readonly", "NOSUCH$"):
        try:
            tid = c.connectTree(share)
        except SessionError as e:
            tree(share, status(e))
            continue
        tree(share)
        if share == "IPC$":
            continue
        name = {"ADMIN$": "SETUPX.EXE", "C$": "Windows\\Temp\\SETUPX.EXE"}.get(share, "SETUPX.EXE")
        try:
            f = create(s, tid, name)
        except smb3.SessionError as e:
            op("write", name, share=share, state=status(e))
            moved(name, data, True, share=share, refused=status(e))
            continue
        s.write(tid, f, data, 0, len(data))
        s.close(tid, f)
        op("write", name, share=share)
        moved(name, data, True, share=share)
        if share == "C$":
            s.remove(share, name)
            op("delete", name, share=share)
    c.logoff()


def broken():
    """A connection that ends in the middle of a file, without a CLOSE."""
    c, s, tid = two()
    data = load("BROKEN.DAT")
    f = create(s, tid, "BROKEN.DAT")
    half = len(data) // 2
    for at in range(0, half, 16384):
        part = data[at:min(at + 16384, half)]
        s.write(tid, f, part, at, len(part))
    op("write", "BROKEN.DAT")
    moved("BROKEN.DAT", data, True, seen=half, detail="the connection ends in the middle")
    s._NetBIOSSession.get_socket().close()


class Channel(smb3.SMB3):
    """A connection that may join the session of another (MS-SMB2 3.2.4.2.3)."""
    parent = None
    # All connections of one client give one name in their negotiation.
    ClientGuid = property(lambda self: "LazaretLabClient", lambda self, value: None)

    def sendSMB(self, packet):
        if packet["Command"] == SMB2_NEGOTIATE:
            packet["Data"]["Capabilities"] = SMB2_GLOBAL_CAP_LARGE_MTU | SMB2_GLOBAL_CAP_MULTI_CHANNEL
        if packet["Command"] != SMB2_SESSION_SETUP or self.parent is None:
            return super().sendSMB(packet)
        packet["MessageID"] = self._Connection["SequenceWindow"]
        self._Connection["SequenceWindow"] += 1
        packet["CreditCharge"], packet["CreditRequestResponse"] = 1, 127
        packet["SessionID"] = self.parent._Session["SessionID"]
        packet["Data"]["Flags"] = 1  # SMB2_SESSION_FLAG_BINDING
        packet["Flags"] = SMB2_FLAGS_SIGNED
        mine, self._Session = self._Session, self.parent._Session  # its key signs
        self.signSMB(packet)
        self._Session = mine
        self._NetBIOSSession.send_packet(packet.getData())
        return packet["MessageID"]


def channel(parent=None):
    c = Channel(JOB["server"], JOB["server"], my_name=JOB["myname"], sess_port=JOB["port"], preferredDialect=SMB2_DIALECT_30, timeout=20)
    c._Connection["RequireSigning"] = True
    c._Connection["SupportsEncryption"] = False
    c.parent = parent
    c.login(JOB["user"], JOB["password"], JOB["domain"])
    return c


def channels():
    """One session over two connections; one file up and down over both."""
    one = channel()
    two = channel(one)
    share = JOB["share"]
    tid = one.connectTree(share)
    tree(share)
    data = load("CHANNELS.DAT")
    f = create(one, tid, "CHANNELS.DAT")
    two._Session["TreeConnectTable"] = one._Session["TreeConnectTable"]
    two._Session["OpenTable"] = one._Session["OpenTable"]
    step, got = 30000, {}
    for i, at in enumerate(range(0, len(data), step)):
        part = data[at:at + step]
        (one, two)[i % 2].write(tid, f, part, at, len(part))
    for i, at in enumerate(range(0, len(data), step)):
        got[at] = (two, one)[i % 2].read(tid, f, at, min(step, len(data) - at))
    one.close(tid, f)
    op("write", "CHANNELS.DAT")
    moved("CHANNELS.DAT", data, True, connections=2, detail="pieces over two connections in turn")
    op("read", "CHANNELS.DAT")
    moved("CHANNELS.DAT", b"".join(got[at] for at in sorted(got)), False, connections=2, detail="pieces over two connections in turn")
    # A file that goes over the second connection alone.
    data = load("SECOND.DAT")
    f = create(two, tid, "SECOND.DAT")
    two.write(tid, f, data, 0, len(data))
    two.close(tid, f)
    op("write", "SECOND.DAT")
    moved("SECOND.DAT", data, True, detail="opened and written over the second connection")
    one.logoff()


def main():
    with open(sys.argv[2]) as f:
        JOB.update(json.load(f))
    plays = {"cifs": cifs, "forms": forms, "trees": trees, "broken": broken, "channels": channels}
    plays[sys.argv[1]]()
    tell(done=True)


if __name__ == "__main__":
    main()
