package ssh

import (
	"bytes"
	"crypto/md5"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"strings"

	"lazaret/internal/event"
	"lazaret/internal/proto"
	"lazaret/internal/wire"
)

// Record is an SSH conversation, as Zeek's ssh.log has it, and the prints of both
// sides. ts is the time of the first version line.
type Record struct {
	Version      event.Count `log:"version" doc:"version of the protocol, 1 or 2; 0 if the two do not fit"`
	AuthSuccess  event.Bool  `log:"auth_success" doc:"guess from lengths: somebody logged in"`
	AuthAttempts int         `log:"auth_attempts,always" doc:"guess from lengths: attempts to log in"`
	Client       string      `log:"client" doc:"version line of the client"`
	Server       string      `log:"server" doc:"version line of the server"`
	Cipher       string      `log:"cipher_alg" doc:"cipher agreed on"`
	MAC          string      `log:"mac_alg" doc:"message authentication agreed on"`
	Compression  string      `log:"compression_alg" doc:"compression agreed on"`
	Kex          string      `log:"kex_alg" doc:"key exchange agreed on"`
	HostKeyAlg   string      `log:"host_key_alg" doc:"algorithm of the host key agreed on"`
	Fingerprint  string      `log:"host_key_fingerprint" doc:"SHA-256 of the server's host key, as OpenSSH prints it"`
	HASSH        string      `log:"hassh" doc:"HASSH print of the client"`
	HASSHServer  string      `log:"hassh_server" doc:"HASSHServer print of the server"`

	// Offered are the algorithms that the server offers, comma separated: key
	// exchange, host key, cipher and authentication of what it sends.
	Offered [4]string
}

// Schema declares the ssh log.
var Schema = event.NewSchema[Record]("ssh", "SSH conversations: versions, algorithms, host keys")

// Schema implements event.Payload.
func (*Record) Schema() *event.Schema { return Schema }

// kexInit is the offer of one side (RFC 4253 7.1): ten lists of names.
type kexInit struct {
	lists [10]string
}

// The lists, in their order.
const (
	listKex = iota
	listHostKey
	listCipherToServer
	listCipherToClient
	listMACToServer
	listMACToClient
	listCompToServer
	listCompToClient
)

// kexInit takes the first offer of a side; later ones are encrypted.
func (a *analyzer) kexInit(d proto.Dir, s *side, b []byte) {
	if s.kex != nil || a.rec == nil {
		return
	}
	r := wire.NewReader(b)
	r.Skip(16) // cookie
	k := &kexInit{}
	for i := range k.lists {
		k.lists[i] = string(r.Bytes(int(r.U32())))
	}
	if !r.OK() {
		a.f.Weird("bad_kexinit", r.Off())
		return
	}
	s.kex = k
	l := &k.lists
	if d == proto.Orig {
		a.rec.HASSH = sum(l[listKex], l[listCipherToServer], l[listMACToServer], l[listCompToServer])
	} else {
		a.rec.HASSHServer = sum(l[listKex], l[listCipherToClient], l[listMACToClient], l[listCompToClient])
		a.rec.Offered = [4]string{l[listKex], l[listHostKey], l[listCipherToClient], l[listMACToClient]}
	}
	if c, s := a.side[proto.Orig].kex, a.side[proto.Resp].kex; c != nil && s != nil {
		a.rec.agree(c, s)
		c.lists, s.lists = [10]string{}, [10]string{}
	}
}

func sum(lists ...string) string {
	h := md5.Sum([]byte(strings.Join(lists, ";")))
	return hex.EncodeToString(h[:])
}

// agree finds what both will use: the first of the client's that the server has.
func (r *Record) agree(c, s *kexInit) {
	r.Kex = common(c.lists[listKex], s.lists[listKex])
	r.HostKeyAlg = common(c.lists[listHostKey], s.lists[listHostKey])
	r.Cipher = bothWays(c, s, listCipherToServer)
	r.MAC = bothWays(c, s, listMACToServer)
	r.Compression = bothWays(c, s, listCompToServer)
}

func bothWays(c, s *kexInit, i int) string {
	up, down := common(c.lists[i], s.lists[i]), common(c.lists[i+1], s.lists[i+1])
	if up == down {
		return up
	}
	return "To server: " + up + ", to client: " + down
}

// common is the first name of a that b has, too. The words for none are Zeek's.
func common(a, b string) string {
	have := map[string]bool{}
	for name := range strings.SplitSeq(b, ",") {
		have[name] = true
	}
	for name := range strings.SplitSeq(a, ",") {
		if have[name] {
			return name
		}
	}
	return "Algorithm negotiation failed"
}

// hostKey reads the host key, the first field of the server's reply (RFC 4253 8,
// RFC 4419 3, RFC 5656 4). In a group exchange, message 31 is the group instead.
func (a *analyzer) hostKey(typ byte, b []byte) {
	r := wire.NewReader(b)
	key := r.Bytes(int(r.U32()))
	if a.rec == nil || a.rec.Fingerprint != "" || !isKey(key) {
		return
	}
	if typ == msgKexReply && strings.HasPrefix(a.rec.Kex, "diffie-hellman-group-exchange") {
		return
	}
	h := sha256.Sum256(key)
	a.rec.Fingerprint = "SHA256:" + base64.RawStdEncoding.EncodeToString(h[:])
}

// isKey tells whether a public key begins with the name of its kind (RFC 4253 6.6).
func isKey(b []byte) bool {
	if len(b) < 8 {
		return false
	}
	n := int(binary.BigEndian.Uint32(b))
	return n >= 4 && n <= 64 && n <= len(b)-4 && !bytes.ContainsFunc(b[4:4+n], func(r rune) bool { return r <= ' ' || r > '~' })
}
