package network

import (
	"slices"
	"strconv"
	"strings"

	"lazaret/internal/event"
	"lazaret/internal/inventory/clues"
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
func readSNMP(s *snmp.Record, r *event.Record, o *clues.Out) {
	agent, manager := clues.Parties(r.Conn)
	if !s.HasAgent {
		o.Heard = append(o.Heard, agent)
		return
	}
	if s.Agent == proto.Resp {
		agent, manager = manager, agent
		o.Heard = append(o.Heard, manager)
	}
	o.Heard = append(o.Heard, agent)
	o.HostName(agent, s.Name, "snmp.sys_name", wTold)
	if !slices.Contains(idle, strings.ToLower(s.Location)) {
		o.Say(agent, clues.Location, s.Location, "snmp.sys_location", wTold)
	}
	o.Say(agent, clues.Description, s.DisplayText, "snmp.display_string", wTold)
	systemText(o, agent, s.DisplayText, "snmp.display_string", wTold)
	entity(o, agent, s)
	numbered(o, agent, s)
	if s.EngineID != "" {
		o.Say(agent, clues.HostID, clues.IDEngine+s.EngineID, "snmp.engine_id", wTold)
	}
	if s.Answered > 0 && s.Version != "3" {
		o.Has(agent, clues.OldSNMP, manager, "snmp.version")
		if s.DefaultAnswered {
			o.Has(agent, clues.DefaultSNMP, manager, "snmp.community")
		}
	}
}

// entity says what stands in the tables of hardware.
func entity(o *clues.Out, agent clues.Party, s *snmp.Record) {
	if s.Manufacturer != "" {
		o.Say(agent, clues.Manufacturer, gearMaker(s.Manufacturer), "snmp.entity_manufacturer", wBurned)
	}
	o.Say(agent, clues.Model, s.Model, "snmp.entity_model", wBurned)
	o.Say(agent, clues.Serial, s.Serial, "snmp.entity_serial", wBurned)
	o.Say(agent, clues.Software, s.SoftwareRev, "snmp.entity_software", wTold)
	o.Say(agent, clues.Serial, s.PrinterSN, "snmp.printer_serial", wBurned)
	if s.PrinterSN != "" || s.PrinterName != "" {
		o.Kind(agent, clues.KindPrinter, "snmp.printer_serial", wBurned)
		o.Say(agent, clues.Model, s.Device, "snmp.device_descr", wTold)
	}
	switch v := s.Services; { // RFC 3418: a switch has layer 2 and perhaps 1, a host 7 and perhaps 4
	case v.OK && (v.V == 2 || v.V == 3):
		o.Kind(agent, clues.KindSwitch, "snmp.sys_services", 0.5)
	}
}

// numbered says who holds the enterprise numbers that the agent uses.
func numbered(o *clues.Out, agent clues.Party, s *snmp.Record) {
	if rest, ok := strings.CutPrefix(s.ObjectID, "1.3.6.1.4.1."); ok {
		head, _, _ := strings.Cut(rest, ".")
		if n, err := strconv.ParseUint(head, 10, 32); err == nil {
			enterprise(o, agent, uint32(n), "snmp.sys_object_id", wObjectID)
		}
	}
	if s.EngineMaker.OK {
		enterprise(o, agent, uint32(s.EngineMaker.V), "snmp.engine_enterprise", wEngine)
	}
}

func enterprise(o *clues.Out, who clues.Party, n uint32, source string, weight float64) {
	switch e, ok := vendordb.EnterpriseOf(n); {
	case !ok || e.Software && e.Maker == "":
	case e.Software:
		if e.Maker == "Microsoft" {
			o.Runs(who, clues.Windows, "", source, weight)
		}
	case e.Maker != "":
		o.Say(who, clues.Manufacturer, string(e.Maker), source, weight)
	default:
		o.Say(who, clues.Manufacturer, e.Name, source, weight)
	}
}
