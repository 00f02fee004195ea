package rfb

import (
	"encoding/binary"

	"lazaret/internal/event"
	"lazaret/internal/proto"
)

// step is what comes next in the handshake.
type step uint8

const (
	serverVersion step = iota
	clientVersion
	decision // version 3.3: the server's choice
	count    // number of kinds offered
	offers
	choice
	challenge
	response
	result
	clientInit
	serverInit
	screenName
	reasonSize
	appleHead
	appleKeys
	appleLogin
	tightTunnels
	tightTunnelList
	tightTunnel
	tightKinds
	tightKindList
	tightChoice
	venVersion
	venAnswer
	venCount
	venOffers
	venChoice
	venGranted
	venLogin
)

// turn is one message or a part of one: whose it is, its size (0: the one that a
// message before named), and what to do with it. take may pass over further bytes.
type turn struct {
	server bool
	size   int
	take   func(a *analyzer, b []byte) (skip int, err error)
}

// turns are the steps of the handshake. The table is filled by a function because
// the steps refer to each other.
var turns = table()

func table() [venLogin + 1]turn {
	next := func(to step) func(*analyzer, []byte) (int, error) {
		return func(a *analyzer, _ []byte) (int, error) { a.step = to; return 0, nil }
	}
	return [venLogin + 1]turn{
		serverVersion:   {true, helloAt, (*analyzer).version},
		clientVersion:   {false, helloAt, (*analyzer).version},
		decision:        {true, 4, func(a *analyzer, b []byte) (int, error) { return a.chosen(binary.BigEndian.Uint32(b)) }},
		count:           {true, 1, (*analyzer).count},
		offers:          {true, 0, (*analyzer).offers},
		choice:          {false, 1, func(a *analyzer, b []byte) (int, error) { return a.chosen(uint32(b[0])) }},
		challenge:       {true, 16, next(response)},
		response:        {false, 16, next(result)},
		result:          {true, 4, (*analyzer).result},
		clientInit:      {false, 1, (*analyzer).clientInit},
		serverInit:      {true, 24, (*analyzer).serverInit},
		screenName:      {true, 0, (*analyzer).screenName},
		reasonSize:      {true, 4, func(a *analyzer, _ []byte) (int, error) { a.emit(); return 0, nil }},
		appleHead:       {true, 4, (*analyzer).appleHead},
		appleKeys:       {true, 0, (*analyzer).appleKeys},
		appleLogin:      {false, 0, next(result)},
		tightTunnels:    {true, 4, tightList(tightTunnelList, tightKinds)},
		tightTunnelList: {true, 0, next(tightTunnel)},
		tightTunnel:     {false, 4, next(tightKinds)},
		tightKinds:      {true, 4, tightList(tightKindList, result)},
		tightKindList:   {true, 0, next(tightChoice)},
		tightChoice:     {false, 4, (*analyzer).tightChoice},
		venVersion:      {true, 2, next(venAnswer)},
		venAnswer:       {false, 2, next(venCount)},
		venCount:        {true, 2, (*analyzer).venCount},
		venOffers:       {true, 0, next(venChoice)},
		venChoice:       {false, 4, (*analyzer).venChoice},
		venGranted:      {true, 1, (*analyzer).venGranted},
		venLogin:        {false, 8, (*analyzer).venLogin},
	}
}

// version takes a version message (RFC 6143 7.1.1).
func (a *analyzer) version(b []byte) (int, error) {
	if probe(proto.Orig, b) != proto.Yes {
		return 0, &proto.Error{Code: "not_a_version"}
	}
	major, minor := string(b[4:7]), string(b[8:11])
	if a.step == serverVersion {
		a.rec.ServerMajor, a.rec.ServerMinor = major, minor
		a.step = clientVersion
		return 0, nil
	}
	a.rec.ClientMajor, a.rec.ClientMinor = major, minor
	a.began = a.f.Now() // as Zeek has it: both have spoken
	// The lower one is spoken; what is neither 3.7 nor later is 3.3.
	v := min(a.rec.ServerMajor+a.rec.ServerMinor, major+minor)
	a.old, a.silent = v < "003007", v < "003008"
	if a.step = count; a.old {
		a.step = decision
	}
	return 0, nil
}

// count takes the number of kinds of security; none is a refusal with a reason
// (RFC 6143 7.1.2).
func (a *analyzer) count(b []byte) (int, error) {
	if a.size, a.step = int(b[0]), offers; b[0] == 0 {
		a.step = reasonSize
	}
	return 0, nil
}

func (a *analyzer) offers(b []byte) (int, error) {
	for _, k := range b {
		if len(a.rec.Offered) < 16 {
			a.rec.Offered = append(a.rec.Offered, name(uint32(k)))
		}
	}
	a.step = choice
	return 0, nil
}

// chosen takes the kind of security that both will use.
func (a *analyzer) chosen(kind uint32) (int, error) {
	if kind != 0 {
		a.rec.Method = name(kind)
	}
	if a.old && kind != 0 {
		a.rec.Offered = []string{name(kind)}
	}
	a.secure(kind)
	return 0, nil
}

// secure goes where the kind of security leads.
func (a *analyzer) secure(kind uint32) {
	switch kind {
	case 0:
		a.step = reasonSize
	case 1:
		if a.step = result; a.silent {
			a.rec.Auth = event.B(true)
			a.step = clientInit
		}
	case 2:
		a.step = challenge
	case 16:
		a.step = tightTunnels
	case 18:
		a.emit()
		a.over, a.tls = false, true
	case 19:
		a.step = venVersion
	case 30:
		a.step = appleHead
	default:
		a.f.Blind("vnc")
		a.emit()
	}
}

// result takes the outcome (RFC 6143 7.1.3).
func (a *analyzer) result(b []byte) (int, error) {
	ok := binary.BigEndian.Uint32(b) == 0
	a.rec.Auth = event.B(ok)
	if a.step = clientInit; !ok {
		a.emit()
	}
	return 0, nil
}

func (a *analyzer) clientInit(b []byte) (int, error) {
	a.rec.Share = event.B(b[0] != 0)
	a.step = serverInit
	return 0, nil
}

// serverInit takes size, pixel format and the length of the name (RFC 6143 7.3.2).
func (a *analyzer) serverInit(b []byte) (int, error) {
	a.rec.Width, a.rec.Height = event.N(binary.BigEndian.Uint16(b)), event.N(binary.BigEndian.Uint16(b[2:]))
	n := binary.BigEndian.Uint32(b[20:])
	if n > longest {
		return 0, &proto.Error{Code: "bad_name_length", Offset: 20}
	}
	if a.size, a.step = min(int(n), maxName), screenName; n == 0 {
		a.emit()
	}
	return 0, nil
}

func (a *analyzer) screenName(b []byte) (int, error) {
	a.rec.Desktop = string(b)
	a.emit()
	return 0, nil
}

// appleHead takes generator and key length of Apple's key exchange.
func (a *analyzer) appleHead(b []byte) (int, error) {
	n := int(binary.BigEndian.Uint16(b[2:]))
	if n == 0 || n > maxWait/2 {
		return 0, &proto.Error{Code: "bad_key_length", Offset: 2}
	}
	a.size, a.step = 2*n, appleKeys
	return 0, nil
}

func (a *analyzer) appleKeys(b []byte) (int, error) {
	a.size, a.step = 128+len(b)/2, appleLogin
	return 0, nil
}

// tightList takes the number of capabilities of sixteen bytes each: some lead to
// the list, none past it.
func tightList(list, past step) func(*analyzer, []byte) (int, error) {
	return func(a *analyzer, b []byte) (int, error) {
		n := binary.BigEndian.Uint32(b)
		if n > 64 {
			return 0, &proto.Error{Code: "too_many_capabilities"}
		}
		if a.size, a.step = 16*int(n), list; n == 0 {
			a.step = past
		}
		return 0, nil
	}
}

func (a *analyzer) tightChoice(b []byte) (int, error) {
	switch kind := binary.BigEndian.Uint32(b); kind {
	case 1:
		a.step = result
	case 2, 19:
		a.secure(kind)
	default:
		a.f.Blind("vnc")
		a.emit()
	}
	return 0, nil
}

// venCount takes the answer to the version and the number of kinds.
func (a *analyzer) venCount(b []byte) (int, error) {
	if b[0] != 0 || b[1] == 0 {
		a.emit()
		return 0, nil
	}
	a.size, a.step = 4*int(b[1]), venOffers
	return 0, nil
}

func (a *analyzer) venChoice(b []byte) (int, error) {
	switch kind := binary.BigEndian.Uint32(b); {
	case kind == 256: // a name and a password in clear
		a.step = venLogin
	case kind >= 257 && kind <= 264:
		a.step = venGranted
	default:
		a.f.Blind("vnc")
		a.emit()
	}
	return 0, nil
}

func (a *analyzer) venGranted(b []byte) (int, error) {
	a.emit()
	if b[0] == 1 {
		a.over, a.tls = false, true
	}
	return 0, nil
}

// venLogin takes the lengths of name and password, which are passed over.
func (a *analyzer) venLogin(b []byte) (int, error) {
	user, secret := binary.BigEndian.Uint32(b), binary.BigEndian.Uint32(b[4:])
	if user > longest || secret > longest {
		return 0, &proto.Error{Code: "bad_login_length"}
	}
	a.step = result
	return int(user + secret), nil
}
