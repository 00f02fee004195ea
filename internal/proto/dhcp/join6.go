package dhcp

import (
	"lazaret/internal/event"
	"lazaret/internal/netid"
)

// message6 adds one DHCPv6 message to its exchange: same transaction id and same
// client identifier, or neither side with one.
func (j *joiner) message6(r *event.Record, m *Message6) {
	b := &m.body
	c := j.find(key{id: b.TransID, duid: b.ClientDUID + "6"}, r)
	if c.v6 == nil {
		c.v6 = &Record6{TransID: b.TransID}
	}
	v := c.v6
	v.Duration = r.TS.Sub(c.first)
	v.UIDs = addUID(v.UIDs, r.Conn)
	v.MsgTypes = append(v.MsgTypes, typeText6(m.Type))
	set(&v.ClientDUID, b.ClientDUID)
	set(&v.ClientMAC, b.ClientMAC)
	set(&v.ServerDUID, b.ServerDUID)
	set(&v.RelayAddr, b.RelayAddr)
	set(&v.InterfaceID, b.InterfaceID)
	set(&v.RemoteID, b.RemoteID)
	set(&v.Status, b.Status)
	set(&v.StatusText, b.StatusText)
	if m.FromClient {
		v.fromClient(m)
	} else {
		v.fromServer(m)
	}
	if len(v.UIDs) >= maxUIDs || len(v.MsgTypes) >= maxTypes {
		j.close(c)
	}
}

func (v *Record6) fromClient(m *Message6) {
	b := &m.body
	v.ClientAddr = m.Source
	set(&v.ClientFQDN, b.ClientFQDN)
	set(&v.FQDNFlags, b.FQDNFlags)
	set(&v.Enterprise, b.Enterprise)
	set(&v.OptionList, b.OptionList)
	setList(&v.VendorClass, b.VendorClass)
	setList(&v.UserClass, b.UserClass)
	setList(&v.Requested, b.Assigned)
}

func (v *Record6) fromServer(m *Message6) {
	b := &m.body
	if m.Source != (netid.IP{}) {
		v.ServerAddr = m.Source
	}
	set(&v.LeaseTime, b.LeaseTime)
	setList(&v.Assigned, b.Assigned)
	setList(&v.Prefixes, b.Prefixes)
	setList(&v.NameServers, b.NameServers)
	setList(&v.Domains, b.Domains)
}

func setList[T any](old *[]T, v []T) {
	if len(v) > 0 {
		*old = v
	}
}
