package clues

import (
	"slices"
	"strconv"
	"strings"

	"lazaret/internal/event"
	"lazaret/internal/proto"
	"lazaret/internal/proto/snmp"
	"lazaret/internal/vendordb"
)

const (
	wTold     = 0.8 // what an agent is set to say of itself
	wBurned   = 0.9 // what its maker burned in
	wObjectID = 0.7
	wEngine   = 0.5
)

// idle are texts that agents have until somebody sets them.
var idle = []string{"unknown", "sitting on the dock of the bay", "not set", "none", "default", "unset", "location", "n/a"}

// readSNMP takes what an agent tells of itself in responses and traps.
func readSNMP(r *event.Record, o *Out) {
	s, ok := r.Body.(*snmp.Record)
	if !ok || r.Conn == nil {
		return
	}
	agent, manager := parties(r.Conn)
	if !s.HasAgent {
		o.Heard = append(o.Heard, agent)
		return
	}
	if s.Agent == proto.Resp {
		agent, manager = manager, agent
		o.Heard = append(o.Heard, manager)
	}
	o.Heard = append(o.Heard, agent)
	o.hostName(agent, s.Name, "snmp.sys_name", wTold)
	if !slices.Contains(idle, strings.ToLower(s.Location)) {
		o.say(agent, Location, s.Location, "snmp.sys_location", wTold)
	}
	o.say(agent, Description, s.DisplayText, "snmp.display_string", wTold)
	o.systemText(agent, s.DisplayText, "snmp.display_string", wTold)
	o.entity(agent, s)
	o.numbered(agent, s)
	if s.Answered > 0 && s.Version != "3" {
		o.has(agent, OldSNMP, manager, "snmp.version")
		if s.DefaultAnswered {
			o.has(agent, DefaultSNMP, manager, "snmp.community")
		}
	}
}

// entity says what stands in the tables of hardware.
func (o *Out) entity(agent Party, s *snmp.Record) {
	if s.Manufacturer != "" {
		o.say(agent, Manufacturer, gearMaker(s.Manufacturer), "snmp.entity_manufacturer", wBurned)
	}
	o.say(agent, Model, s.Model, "snmp.entity_model", wBurned)
	o.say(agent, Serial, s.Serial, "snmp.entity_serial", wBurned)
	o.say(agent, Software, s.SoftwareRev, "snmp.entity_software", wTold)
	o.say(agent, Serial, s.PrinterSN, "snmp.printer_serial", wBurned)
	if s.PrinterSN != "" || s.PrinterName != "" {
		o.kind(agent, KindPrinter, "snmp.printer_serial", wBurned)
		o.say(agent, Model, s.Device, "snmp.device_descr", wTold)
	}
	switch v := s.Services; { // RFC 3418: a switch has layer 2 and perhaps 1, a host 7 and perhaps 4
	case v.OK && (v.V == 2 || v.V == 3):
		o.kind(agent, KindSwitch, "snmp.sys_services", 0.5)
	}
}

// numbered says who holds the enterprise numbers that the agent uses.
func (o *Out) numbered(agent Party, s *snmp.Record) {
	if rest, ok := strings.CutPrefix(s.ObjectID, "1.3.6.1.4.1."); ok {
		head, _, _ := strings.Cut(rest, ".")
		if n, err := strconv.ParseUint(head, 10, 32); err == nil {
			o.enterprise(agent, uint32(n), "snmp.sys_object_id", wObjectID)
		}
	}
	if s.EngineMaker.OK {
		o.enterprise(agent, uint32(s.EngineMaker.V), "snmp.engine_enterprise", wEngine)
	}
}

func (o *Out) enterprise(who Party, n uint32, source string, weight float64) {
	switch e, ok := vendordb.EnterpriseOf(n); {
	case !ok || e.Software && e.Maker == "":
	case e.Software:
		if e.Maker == "Microsoft" {
			o.runs(who, Windows, "", source, weight)
		}
	case e.Maker != "":
		o.say(who, Manufacturer, string(e.Maker), source, weight)
	default:
		o.say(who, Manufacturer, e.Name, source, weight)
	}
}
