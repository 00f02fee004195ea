package snmp

import (
	"bytes"
	"encoding/hex"
	"strconv"

	"lazaret/internal/der"
	"lazaret/internal/event"
	"lazaret/internal/netid"
	"lazaret/internal/proto"
)

// analyzer is the state of one conversation.
type analyzer struct {
	flow  proto.Flow
	rec   *Record
	begin event.Time
	names int // communities or users seen: the first is Zeek's
	// rows are the table rows that the texts of rec were taken from, by column.
	rows [len(columns)]uint64
	held int
}

var errTruncated = &proto.Error{Code: "truncated"}

// message is the head of one datagram.
type message struct {
	dir       proto.Dir
	version   byte
	community []byte
	known     bool // everybody knows the community
}

// Packet implements proto.Datagram.
func (a *analyzer) Packet(d proto.Dir, b []byte) error {
	tag, body, rest, ok := der.Element(b)
	if !ok || tag != der.Sequence {
		return errTruncated
	}
	if len(rest) > 0 {
		a.flow.Weird("trailing_bytes", len(b)-len(rest))
	}
	r := within(body)
	version := r.Integer()
	if !r.OK() {
		return &proto.Error{Code: "bad_version"}
	}
	m := message{dir: d, version: byte(version)}
	switch version {
	case version1, version2c:
		m.community = r.Want(der.Octets)
		kind, pdu := r.Next()
		if !r.OK() {
			return errTruncated
		}
		a.record(&m, kind)
		a.community(&m)
		return a.pdu(&m, kind, pdu)
	case version3:
		return a.secured(&m, r)
	}
	return &proto.Error{Code: "unknown_version"}
}

// record begins the record with the first message and keeps it up to date.
func (a *analyzer) record(m *message, kind byte) {
	now := a.flow.Now()
	if a.rec == nil {
		if m.dir == proto.Orig && (kind == pduResponse || kind == pduReport) && a.flow.Flip() {
			m.dir = proto.Resp // the question was not captured
		}
		a.begin = now
		a.rec = &Record{Version: map[byte]string{version1: "1", version2c: "2c", version3: "3"}[m.version]}
	}
	a.rec.Duration = now.Sub(a.begin)
}

// community notes a community, which is a password.
func (a *analyzer) community(m *message) {
	m.known = len(m.community) <= maxText && defaults[string(m.community)]
	if a.names++; a.names > 1 {
		return
	}
	if m.known {
		a.rec.CommunityKind, a.rec.Community = "default", string(m.community)
		return
	}
	a.rec.CommunityKind = "other"
	a.rec.CommunityMark = a.flow.Pseudonym("community", m.community)
}

// Flags of version 3 (RFC 3412 6.4).
const (
	flagAuth       = 1
	flagPriv       = 2
	flagReportable = 4
)

// secured reads a message of version 3 behind its version (RFC 3412 6, RFC 3414
// 2.4).
func (a *analyzer) secured(m *message, r *der.Reader) error {
	global := within(r.Want(der.Sequence))
	global.Integer() // msgID
	global.Integer() // msgMaxSize
	flags := global.Want(der.Octets)
	model := global.Integer()
	security := r.Want(der.Octets)
	kind, data := r.Next()
	if !r.OK() || !global.OK() || len(flags) != 1 {
		return errTruncated
	}
	var scoped *der.Reader
	var pdu []byte
	if kind == der.Sequence {
		scoped = within(data)
		scoped.Want(der.Octets) // contextEngineID
		scoped.Want(der.Octets) // contextName
		if kind, pdu = scoped.Next(); !scoped.OK() {
			return errTruncated
		}
	}
	a.record(m, kind)
	if model == 3 {
		if !a.userBased(m, flags[0], security) {
			return &proto.Error{Code: "bad_security_parameters"}
		}
	}
	if scoped == nil {
		a.flow.Blind("snmp_encrypted")
		return nil
	}
	return a.pdu(m, kind, pdu)
}

// userBased reads the parameters of the user-based security model (RFC 3414
// 2.4).
func (a *analyzer) userBased(m *message, flags byte, b []byte) bool {
	outer := within(b)
	r := within(outer.Want(der.Sequence))
	engine := r.Want(der.Octets)
	r.Integer() // boots
	r.Integer() // time
	user := r.Want(der.Octets)
	if !r.OK() || !outer.OK() {
		return false
	}
	if flags&flagReportable == 0 && len(engine) > 0 {
		// Only the engine that is authoritative sends what asks for no report
		// (RFC 3412 6.4: responses, reports and traps).
		a.agent(m.dir)
		if a.rec.EngineID == "" {
			a.engine(engine)
		}
	}
	if len(user) == 0 || len(user) > 32 { // RFC 3414 5: SnmpAdminString, 1 to 32
		return true
	}
	if a.rec.User == "" {
		a.rec.User = string(user)
	}
	level := "noAuthNoPriv"
	switch {
	case flags&flagPriv != 0:
		level = "authPriv"
	case flags&flagAuth != 0:
		level = "authNoPriv"
	}
	if a.rec.Security == "" || len(level) > len(a.rec.Security) {
		a.rec.Security = level // the names grow as the security shrinks
	}
	return true
}

// engine reads an engine identifier (RFC 3411 5, SnmpEngineID).
func (a *analyzer) engine(b []byte) {
	if len(b) < 5 || len(b) > 32 {
		return
	}
	r := a.rec
	r.EngineID = hex.EncodeToString(b)
	r.EngineMaker = event.N(uint32(b[0]&0x7f)<<24 | uint32(b[1])<<16 | uint32(b[2])<<8 | uint32(b[3]))
	if b[0]&0x80 == 0 {
		return // the older form: the rest is the enterprise's own
	}
	switch v := b[5:]; {
	case b[4] == 1 && len(v) == 4:
		r.EngineIP = netid.IPFrom4(v)
	case b[4] == 2 && len(v) == 16:
		r.EngineIP = netid.IP(v)
	case b[4] == 3 && len(v) == 6:
		r.EngineMAC = netid.MAC(v)
	case b[4] == 3 && len(v) == 7: // Cisco puts a number before it
		r.EngineMAC = netid.MAC(v[1:])
	case b[4] == 4:
		r.EngineText = text(v)
	}
}

// agent notes who answers or sends traps.
func (a *analyzer) agent(d proto.Dir) {
	if !a.rec.HasAgent {
		a.rec.Agent, a.rec.HasAgent = d, true
	}
}

// pdu reads one PDU (RFC 3416 3; RFC 1157 4.1.6 for the first kind of trap).
func (a *analyzer) pdu(m *message, kind byte, b []byte) error {
	r := within(b)
	switch kind {
	case pduTrapV1:
		return a.firstTrap(m, r)
	case pduGet, pduGetNext, pduResponse, pduSet, pduGetBulk, pduInform, pduTrap, pduReport:
	default:
		return &proto.Error{Code: "unknown_pdu"}
	}
	r.Integer() // request id
	r.Integer() // error status, or non-repeaters
	r.Integer() // error index, or max-repetitions
	list := r.Want(der.Sequence)
	if !r.OK() {
		return errTruncated
	}
	told := false // whether values are the sender's own
	switch kind {
	case pduResponse:
		a.agent(m.dir)
		if told = m.dir == a.rec.Agent; told { // else it acknowledges an inform
			a.rec.Answered++
			a.rec.DefaultAnswered = a.rec.DefaultAnswered || m.known
		}
	case pduInform, pduTrap:
		a.agent(m.dir)
		a.rec.Traps++
		told = true
	}
	n, err := a.bindings(list, kind, told && m.dir == a.rec.Agent)
	switch kind {
	case pduGet, pduGetNext:
		a.rec.GetRequests += n
	case pduGetBulk:
		a.rec.BulkRequests += n
	case pduSet:
		a.rec.SetRequests += n
	case pduResponse:
		a.rec.GetResponses += n
	}
	return err
}

// firstTrap reads a trap of version 1 (RFC 1157 4.1.6).
func (a *analyzer) firstTrap(m *message, r *der.Reader) error {
	enterprise := r.Want(der.ObjectID)
	addr := r.Want(tagIPAddress)
	generic, specific := r.Integer(), r.Integer()
	r.Want(tagTimeTicks)
	list := r.Want(der.Sequence)
	if !r.OK() {
		return errTruncated
	}
	a.agent(m.dir)
	a.rec.Traps++
	if len(addr) == 4 && a.rec.TrapAgent.IsZero() {
		a.rec.TrapAgent = netid.IPFrom4(addr)
	}
	switch { // RFC 3584 3.1
	case generic >= 0 && generic < 6:
		a.trap("1.3.6.1.6.3.1.1.5." + strconv.FormatInt(generic+1, 10))
	default:
		if e := der.OID(enterprise, maxArcs); e != "" {
			a.trap(e + ".0." + strconv.FormatInt(specific, 10))
		}
	}
	_, err := a.bindings(list, pduTrapV1, m.dir == a.rec.Agent)
	return err
}

func (a *analyzer) trap(oid string) {
	for _, have := range a.rec.TrapOIDs {
		if have == oid {
			return
		}
	}
	if oid != "" && len(a.rec.TrapOIDs) < maxTraps {
		a.rec.TrapOIDs = append(a.rec.TrapOIDs, oid)
		a.held += len(oid) + 16
	}
}

// bindings walks a list of variable bindings and counts them.
func (a *analyzer) bindings(list []byte, kind byte, told bool) (n uint64, err error) {
	r := within(list)
	for r.Len() > 0 && n < maxBinds {
		pair := within(r.Want(der.Sequence))
		oid := pair.Want(der.ObjectID)
		tag, value := pair.Next()
		if !r.OK() || !pair.OK() {
			return n, &proto.Error{Code: "bad_binding"}
		}
		n++
		if told {
			a.value(kind, oid, tag, value)
		}
	}
	return n, nil
}

// Object identifiers as they are encoded.
var (
	system   = []byte{0x2b, 6, 1, 2, 1, 1}
	trapName = []byte{0x2b, 6, 1, 6, 3, 1, 1, 4, 1, 0}
)

// columns are the table columns of which the first row is kept: the prefix before
// the index, in the order of (*analyzer).column.
var columns = [...][]byte{
	{0x2b, 6, 1, 2, 1, 25, 3, 2, 1, 3},     // hrDeviceDescr
	{0x2b, 6, 1, 2, 1, 47, 1, 1, 1, 1, 2},  // entPhysicalDescr
	{0x2b, 6, 1, 2, 1, 47, 1, 1, 1, 1, 8},  // entPhysicalHardwareRev
	{0x2b, 6, 1, 2, 1, 47, 1, 1, 1, 1, 9},  // entPhysicalFirmwareRev
	{0x2b, 6, 1, 2, 1, 47, 1, 1, 1, 1, 10}, // entPhysicalSoftwareRev
	{0x2b, 6, 1, 2, 1, 47, 1, 1, 1, 1, 11}, // entPhysicalSerialNum
	{0x2b, 6, 1, 2, 1, 47, 1, 1, 1, 1, 12}, // entPhysicalMfgName
	{0x2b, 6, 1, 2, 1, 47, 1, 1, 1, 1, 13}, // entPhysicalModelName
	{0x2b, 6, 1, 2, 1, 47, 1, 1, 1, 1, 15}, // entPhysicalAssetID
	{0x2b, 6, 1, 2, 1, 43, 5, 1, 1, 16},    // prtGeneralPrinterName
	{0x2b, 6, 1, 2, 1, 43, 5, 1, 1, 17},    // prtGeneralSerialNumber
}

func (a *analyzer) column(i int) *string {
	r := a.rec
	return [...]*string{&r.Device, &r.Entity, &r.HardwareRev, &r.FirmwareRev, &r.SoftwareRev, &r.Serial,
		&r.Manufacturer, &r.Model, &r.AssetID, &r.PrinterName, &r.PrinterSN}[i]
}

// value keeps what an agent tells of itself.
func (a *analyzer) value(kind byte, oid []byte, tag byte, v []byte) {
	if len(oid) == len(system)+2 && oid[len(oid)-1] == 0 && bytes.HasPrefix(oid, system) {
		a.systemValue(kind, oid[len(system)], tag, v)
		return
	}
	if tag == der.ObjectID && bytes.Equal(oid, trapName) {
		if kind == pduTrap || kind == pduInform {
			a.trap(der.OID(v, maxArcs))
		}
		return
	}
	if tag != der.Octets || len(v) == 0 || len(oid) < len(columns[0]) || oid[3] != 2 {
		return
	}
	for i, prefix := range columns {
		index := oid[min(len(prefix), len(oid)):]
		if !bytes.HasPrefix(oid, prefix) || len(index) == 0 || len(index) > 8 {
			continue
		}
		var row uint64
		for _, c := range index {
			row = row<<8 | uint64(c)
		}
		if s := a.column(i); *s == "" || row < a.rows[i] {
			a.keep(s, v)
			a.rows[i] = row
		}
		return
	}
}

// systemValue keeps an object of the system group (RFC 3418 2); the first value
// of each stays, but the time since the start is taken anew.
func (a *analyzer) systemValue(kind, object, tag byte, v []byte) {
	r := a.rec
	switch {
	case object == 1 && tag == der.Octets && kind == pduResponse:
		a.keep(&r.DisplayText, v) // the last one, as Zeek
	case object == 2 && tag == der.ObjectID && r.ObjectID == "":
		r.ObjectID = der.OID(v, maxArcs)
	case object == 3 && tag == tagTimeTicks && kind == pduResponse:
		if n, ok := unsigned(v); ok && n < 1<<32 {
			r.UpSince = a.flow.Now() - event.Time(n*10_000_000)
		}
	case object == 4 && tag == der.Octets:
		a.keep(&r.Contact, v)
	case object == 5 && tag == der.Octets:
		a.keep(&r.Name, v)
	case object == 6 && tag == der.Octets:
		a.keep(&r.Location, v)
	case object == 7 && tag == der.Int:
		if n, ok := der.Integer(v); ok && n >= 0 && n < 128 {
			r.Services = event.N(n)
		}
	}
}

func (a *analyzer) keep(s *string, v []byte) {
	a.held -= len(*s)
	*s = text(v)
	a.held += len(*s)
}

// text is a bounded copy of an octet string without the zeros that some agents
// put at its end.
func text(v []byte) string {
	return string(bytes.TrimRight(v[:min(len(v), maxText)], "\x00"))
}

// Close implements proto.Datagram: the conversation is one record.
func (a *analyzer) Close() {
	if a.rec != nil {
		a.flow.Emit(a.begin, a.rec)
		a.rec = nil
	}
}

// Held implements proto.Holder.
func (a *analyzer) Held() int { return a.held + 1024 }

// Yield implements proto.Holder; what is kept is bounded and is the record.
func (a *analyzer) Yield() {}
