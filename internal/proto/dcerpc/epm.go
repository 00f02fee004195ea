package dcerpc

import (
	"encoding/binary"
	"fmt"
	"strconv"

	"lazaret/internal/event"
	"lazaret/internal/ndr"
	"lazaret/internal/netid"
	"lazaret/internal/proto"
	"lazaret/internal/rpcdb"
)

// epmapperCalls read which interface is wanted and where it is (C706 appendix O).
var epmapperCalls = map[uint16]decoder{
	2: {answer: lookedUp},
	3: {ask: mapAsk, answer: mapAnswer},
}

// mapAsk reads ept_map: the tower of what is wanted.
func mapAsk(_ *analyzer, c *call, r *ndr.Reader) {
	if r.Pointer() {
		r.GUID() // of an object
	}
	r.AlignWord()
	if !r.Pointer() {
		return
	}
	t, ok := readTower(r)
	if !ok {
		return
	}
	c.rec.Target = endpoint(t.uuid)
	c.rec.Detail = t.protocol
}

// endpoint names an interface.
func endpoint(u rpcdb.UUID) string {
	if i := rpcdb.Lookup(u); i != nil {
		return i.Name
	}
	return "unknown-" + u.String()
}

// mapAnswer reads the towers of an answer and announces the ports that they name.
func mapAnswer(a *analyzer, c *call, r *ndr.Reader) {
	r.Handle()
	n := r.U32()
	r.Word() // most
	k := r.Varying(4)
	if !r.OK() {
		return
	}
	c.rec.Count = event.N(n)
	there := make([]bool, min(k, maxNames))
	for i := range k {
		p := r.Pointer()
		if i < len(there) {
			there[i] = p
		}
	}
	for _, ok := range there {
		if !ok {
			continue
		}
		r.AlignWord()
		t, ok := readTower(r)
		if !r.OK() {
			return
		}
		if ok {
			c.rec.Answers = append(c.rec.Answers, t.String())
			a.expect(t)
		}
	}
}

// expect announces the port of a tower on the server of this conversation.
func (a *analyzer) expect(t tower) {
	conn := a.f.Conn()
	if conn == nil || t.port == 0 || t.protocol != "tcp" {
		return
	}
	server := conn.Resp
	if a.client == proto.Resp {
		server = conn.Orig
	}
	if t.ip != (netid.IP{}) && t.ip != server.IP {
		return // at another host
	}
	server.Port = t.port
	a.f.Expect(proto.Expectation{At: server, Name: name, About: proto.About{Carrier: name, Name: t.uuid.String()}, Keep: true})
}

// lookedUp reads how many entries ept_lookup gave.
func lookedUp(_ *analyzer, c *call, r *ndr.Reader) {
	r.Handle()
	if n := r.U32(); r.OK() {
		c.rec.Count = event.N(n)
	}
}

// tower is what a protocol tower says (C706 appendix L, appendix I).
type tower struct {
	uuid     rpcdb.UUID
	protocol string // tcp, udp, pipe, http, or empty
	port     uint16
	ip       netid.IP
	text     string // of a pipe
}

// String is the end that a tower names: "tcp 192.0.2.1:49152", "pipe \PIPE\lsass".
func (t tower) String() string {
	switch {
	case t.text != "":
		return t.protocol + " " + t.text
	case t.protocol == "":
		return "other"
	case t.ip != (netid.IP{}):
		return t.protocol + " " + t.ip.String() + ":" + strconv.Itoa(int(t.port))
	}
	return t.protocol + " " + strconv.Itoa(int(t.port))
}

// Identifiers of protocols in floors (C706 appendix I, MS-RPCE 2.1).
const (
	floorTCP  = 0x07
	floorUDP  = 0x08
	floorIP   = 0x09
	floorUUID = 0x0d
	floorPipe = 0x0f
	floorSMB  = 0x10
	floorHTTP = 0x1f
	maxFloors = 8
)

// readTower reads a tower with its two lengths. Lengths within it are little-endian
// whatever the stub is.
func readTower(r *ndr.Reader) (t tower, ok bool) {
	r.Count(1)
	b := r.Bytes(int(r.U32() & 0xffff))
	r.AlignWord()
	if len(b) < 2 {
		return t, false
	}
	n := int(binary.LittleEndian.Uint16(b))
	b = b[2:]
	for i := range min(n, maxFloors) {
		var left, right []byte
		if left, b, ok = part(b); !ok {
			return t, false
		}
		if right, b, ok = part(b); !ok || len(left) == 0 {
			return t, false
		}
		t.floor(i, left, right)
	}
	return t, n > 2
}

// part takes one side of a floor.
func part(b []byte) (head, rest []byte, ok bool) {
	if len(b) < 2 {
		return nil, nil, false
	}
	n := int(binary.LittleEndian.Uint16(b))
	if n > len(b)-2 {
		return nil, nil, false
	}
	return b[2 : 2+n], b[2+n:], true
}

// floor reads one floor: the first names the interface, the third and those behind it
// the way there.
func (t *tower) floor(i int, left, right []byte) {
	if i == 0 && left[0] == floorUUID && len(left) >= 17 {
		r := ndr.New(left[1:17], false, false)
		t.uuid = r.GUID()
	}
	if i < 3 {
		return
	}
	switch left[0] {
	case floorTCP, floorUDP, floorHTTP:
		t.protocol = map[byte]string{floorTCP: "tcp", floorUDP: "udp", floorHTTP: "http"}[left[0]]
		if len(right) == 2 {
			t.port = binary.BigEndian.Uint16(right)
		}
	case floorIP:
		if len(right) == 4 && binary.BigEndian.Uint32(right) != 0 {
			t.ip = netid.IPv4(right[0], right[1], right[2], right[3])
		}
	case floorPipe, floorSMB:
		t.protocol = "pipe"
		for len(right) > 0 && right[len(right)-1] == 0 {
			right = right[:len(right)-1]
		}
		t.text = printable(right)
	default:
		if t.protocol == "" {
			t.protocol = fmt.Sprintf("0x%02x", left[0])
		}
	}
}
