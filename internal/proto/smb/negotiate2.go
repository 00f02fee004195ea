package smb

import (
	"encoding/binary"
	"fmt"

	"lazaret/internal/charset"
	"lazaret/internal/proto"
	"lazaret/internal/wire"
)

// capabilities2 are the bits of Capabilities (MS-SMB2 2.2.4).
var capabilities2 = []bit{
	{0x01, "dfs"}, {0x02, "leasing"}, {0x04, "large_mtu"}, {0x08, "multi_channel"}, {0x10, "persistent_handles"},
	{0x20, "directory_leasing"}, {0x40, "encryption"}, {0x80, "notifications"},
}

// Types of negotiate contexts (MS-SMB2 2.2.3.1) that are read.
const (
	ctxEncryption  = 2
	ctxCompression = 3
	ctxNetName     = 5
)

var ciphers = map[uint16]string{1: "AES-128-CCM", 2: "AES-128-GCM", 3: "AES-256-CCM", 4: "AES-256-GCM"}

var compressions = map[uint16]string{1: "LZNT1", 2: "LZ77", 3: "LZ77+Huffman", 4: "Pattern_V1", 5: "LZ4"}

// dialect2 names a revision (MS-SMB2 2.2.3, 2.2.4).
func dialect2(v uint16) string {
	switch v {
	case 0x0202:
		return "2.0.2"
	case 0x0210:
		return "2.1"
	case 0x0300:
		return "3.0"
	case 0x0302:
		return "3.0.2"
	case 0x0311:
		return "3.1.1"
	case 0x02ff:
		return "2.???"
	}
	return fmt.Sprintf("0x%04x", v)
}

// offer2 reads a negotiate request (MS-SMB2 2.2.3).
func (a *analyzer) offer2(m *smb2Message) bool {
	b := m.body(36)
	if b == nil {
		return false
	}
	r := &a.rec
	r.ClientSigning = signing2(b[4])
	r.ClientGUID = guid(b[12:28])
	n := min(int(binary.LittleEndian.Uint16(b[2:])), maxDialects)
	list, ok := m.part(header2+36, 2*n)
	if !ok {
		return false
	}
	newest := uint16(0)
	for ; len(list) >= 2; list = list[2:] {
		v := binary.LittleEndian.Uint16(list)
		newest = max(newest, v)
		if len(r.Dialects) < maxDialects {
			r.Dialects = append(r.Dialects, dialect2(v))
		}
	}
	if newest < 0x0311 {
		return true
	}
	return m.contexts(int(binary.LittleEndian.Uint32(b[28:])), int(binary.LittleEndian.Uint16(b[32:])), func(typ uint16, v []byte) {
		if typ == ctxNetName {
			r.TargetName = charset.UTF16(v, maxText)
		}
	})
}

// choice2 reads a negotiate response (MS-SMB2 2.2.4).
func (a *analyzer) choice2(d proto.Dir, m *smb2Message) bool {
	b := m.body(64)
	if b == nil {
		return false
	}
	r := &a.rec
	v := binary.LittleEndian.Uint16(b[4:])
	r.Dialect, r.Version = dialect2(v), "SMB2"
	if v >= 0x0300 {
		r.Version = "SMB3"
	}
	r.ServerSigning = signing2(b[2])
	r.ServerGUID = guid(b[8:24])
	r.Capabilities = words(binary.LittleEndian.Uint32(b[24:]), capabilities2)
	r.SystemTime = filetime(binary.LittleEndian.Uint64(b[40:]))
	r.BootTime = filetime(binary.LittleEndian.Uint64(b[48:]))
	blob, ok := m.part(int(binary.LittleEndian.Uint16(b[56:])), int(binary.LittleEndian.Uint16(b[58:])))
	if !ok {
		return false
	}
	a.hand(d, 0, blob) // a hint for the first who asks
	if v != 0x0311 {
		return true
	}
	return m.contexts(int(binary.LittleEndian.Uint32(b[60:])), int(binary.LittleEndian.Uint16(b[6:])), func(typ uint16, v []byte) {
		switch typ {
		case ctxEncryption:
			r.Cipher = first(v, 2, ciphers)
		case ctxCompression:
			r.Compression = first(v, 8, compressions)
		}
	})
}

// first names the first algorithm of a list that begins at off behind its count; a
// server's list has one, and none is 0.
func first(v []byte, off int, names map[uint16]string) string {
	if len(v) < off+2 || binary.LittleEndian.Uint16(v) == 0 {
		return ""
	}
	id := binary.LittleEndian.Uint16(v[off:])
	if id == 0 {
		return ""
	}
	if s, ok := names[id]; ok {
		return s
	}
	return fmt.Sprintf("0x%04x", id)
}

// contexts walks the list of negotiate contexts at off (MS-SMB2 2.2.3.1): type,
// length, four bytes reserved, data, and padding to eights.
func (m *smb2Message) contexts(off, n int, take func(typ uint16, v []byte)) bool {
	if n == 0 {
		return true
	}
	if off < header2 || off > len(m.b) {
		return false
	}
	r := wire.NewReader(m.b[off:])
	for range min(n, maxContexts) {
		typ, size := r.U16LE(), int(r.U16LE())
		r.Skip(4)
		v := r.Bytes(size)
		if !r.OK() {
			return false
		}
		take(typ, v)
		r.Skip(min(-r.Off()&7, r.Len()))
	}
	return true
}
