package syslog

import (
	"bytes"
	"encoding/xml"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"

	"lazaret/internal/event"
	"lazaret/internal/netid"
)

// Bounds of an audit message.
const (
	maxTokens = 4096 // pieces of XML
	maxDepth  = 16
	maxList   = 8   // entries of one list
	maxValue  = 128 // bytes of one text
)

// auditStart is where an audit message begins in a text, or -1: at its start, or
// behind the declaration of XML.
func auditStart(b []byte) int {
	const look = 256
	head := b[:min(len(b), look)]
	root := bytes.Index(head, []byte("<AuditMessage"))
	if root < 0 {
		return -1
	}
	if i := bytes.Index(head[:root], []byte("<?xml")); i >= 0 {
		return i
	}
	return root
}

// auditReader fills an Audit while it walks the elements.
type auditReader struct {
	a    *analyzer
	rec  *Audit
	path []string
	// part is the participant whose element is open, object the same.
	part   *Participant
	object *object
}

// object is a participant object (PS3.15 A.5.2.4).
type object struct {
	id, kind, role, idType string
}

// audit reads an audit message (PS3.15 A.5.1). What breaks XML or a bound ends
// it; what was read until then is recorded.
func (a *analyzer) audit(now event.Time, b []byte) {
	r := &auditReader{a: a, rec: &Audit{}}
	dec := xml.NewDecoder(bytes.NewReader(b))
	for n := 0; ; n++ {
		t, err := dec.Token()
		if t == nil || err != nil {
			if len(r.path) > 0 || n == 0 {
				a.flow.Weird("bad_audit_xml", 0)
			}
			break
		}
		if n >= maxTokens || len(r.path) > maxDepth {
			a.flow.Weird("large_audit", 0)
			break
		}
		switch t := t.(type) {
		case xml.Directive:
			a.flow.Weird("audit_doctype", 0)
			return
		case xml.StartElement:
			r.path = append(r.path, t.Name.Local)
			r.start(t.Name.Local, t.Attr)
		case xml.EndElement:
			r.end(t.Name.Local)
			r.path = r.path[:len(r.path)-1]
		}
		if n > 0 && len(r.path) == 0 {
			if _, ok := t.(xml.EndElement); ok {
				break
			}
		}
	}
	if r.rec.Event != "" || r.rec.SourceID != "" {
		a.flow.Emit(now, r.rec)
	}
}

func attr(list []xml.Attr, names ...string) string {
	for _, name := range names {
		for i := range list {
			if list[i].Name.Local == name {
				return cut(strings.TrimSpace(list[i].Value))
			}
		}
	}
	return ""
}

// cut bounds a text without splitting a character.
func cut(s string) string {
	if len(s) <= maxValue {
		return s
	}
	return strings.ToValidUTF8(s[:maxValue], "")
}

// add appends a value once.
func add(list *[]string, v string) {
	if v != "" && len(*list) < maxList && !slices.Contains(*list, v) {
		*list = append(*list, v)
	}
}

// code is the code of a coded value: csd-code since 2011, code before (RFC
// 3881). What does not look like a code is none: it might be text.
func code(list []xml.Attr) string {
	c := attr(list, "csd-code", "code")
	if len(c) > 64 || !plain([]byte(c), "-._:") {
		return ""
	}
	return c
}

// start takes the attributes of an element.
func (r *auditReader) start(name string, list []xml.Attr) {
	a := r.rec
	switch name {
	case "EventIdentification":
		a.Action = actions[attr(list, "EventActionCode")]
		a.Outcome = outcomes[attr(list, "EventOutcomeIndicator")]
		if t, err := time.Parse(time.RFC3339Nano, attr(list, "EventDateTime")); err == nil && t.Year() >= 1970 && t.Year() < 2262 {
			a.EventTime = event.Time(t.UnixNano())
		}
	case "EventID":
		a.Event = code(list)
		a.EventName = events[a.Event]
	case "EventTypeCode":
		add(&a.EventTypes, code(list))
	case "ActiveParticipant", "AlternativeParticipant":
		r.participant(list)
	case "RoleIDCode":
		r.role(code(list))
	case "AuditSourceIdentification":
		a.SourceID, a.SourceSite = attr(list, "AuditSourceID"), attr(list, "AuditEnterpriseSiteID")
		add(&a.SourceTypes, sourceType(code(list)))
	case "AuditSourceTypeCode":
		add(&a.SourceTypes, sourceType(code(list)))
	case "ParticipantObjectIdentification":
		r.object = &object{id: attr(list, "ParticipantObjectID"), kind: attr(list, "ParticipantObjectTypeCode"), role: attr(list, "ParticipantObjectTypeCodeRole")}
	case "ParticipantObjectIDTypeCode":
		if r.object != nil {
			r.object.idType = code(list)
		}
	case "SOPClass":
		add(&a.SOPClasses, uid(attr(list, "UID")))
		if n, err := strconv.ParseUint(attr(list, "NumberOfInstances"), 10, 32); err == nil {
			a.Instances = event.N(a.Instances.V + n)
		}
	}
}

// participant reads an active participant (PS3.15 A.5.2.2).
func (r *auditReader) participant(list []xml.Attr) {
	a := r.rec
	if id := attr(list, "UserID"); id != "" && len(a.Users) < maxList {
		a.Users = append(a.Users, id)
	}
	if attr(list, "UserIsRequestor") == "true" {
		a.Requestors = event.N(a.Requestors.V + 1)
	}
	p := Participant{}
	if titles, ok := strings.CutPrefix(attr(list, "AlternativeUserID"), "AETITLES="); ok {
		for title := range strings.SplitSeq(titles, ";") {
			if title = strings.TrimSpace(title); len(title) <= 16 {
				add(&p.AETitles, title)
				add(&a.AETitles, title)
			}
		}
	}
	point := attr(list, "NetworkAccessPointID")
	switch attr(list, "NetworkAccessPointTypeCode") {
	case "1": // a machine name
		p.Machine = point
		add(&a.Points, point)
	case "2": // an address
		if ip, err := netip.ParseAddr(point); err == nil {
			p.IP = netid.FromAddr(ip)
			add(&a.Points, ip.String())
		}
	}
	r.part = nil
	if len(a.Parties) < maxList {
		a.Parties = append(a.Parties, p)
		r.part = &a.Parties[len(a.Parties)-1]
	}
}

// role reads what a participant does (PS3.16 CID 402).
func (r *auditReader) role(c string) {
	if name := roles[c]; name != "" {
		c = name
	}
	if r.part == nil || c == "" {
		return
	}
	r.part.Role = c
	if len(r.rec.Roles) < maxList {
		r.rec.Roles = append(r.rec.Roles, c)
	}
}

// end completes what needs all of its children.
func (r *auditReader) end(name string) {
	switch name {
	case "ActiveParticipant":
		r.part = nil
	case "ParticipantObjectIdentification":
		r.thing()
		r.object = nil
	}
}

// thing files a participant object: its kind in clear, what it is called only as
// a keyed hash, and only if it is a patient or a study.
func (r *auditReader) thing() {
	o := r.object
	if o == nil {
		return
	}
	kind := objectKinds[o.kind]
	if role := objectRoles[o.role]; kind != "" && role != "" {
		kind += " (" + role + ")"
	}
	add(&r.rec.Objects, kind)
	if t := o.idType; idTypes[t] != "" {
		add(&r.rec.IDTypes, idTypes[t])
	} else {
		add(&r.rec.IDTypes, t)
	}
	switch {
	case o.id == "":
	case o.idType == "110180":
		r.hash(&r.rec.Studies, "study", o.id)
	case o.kind == "1" && (o.role == "1" || o.idType == "2"):
		id, _, _ := strings.Cut(o.id, "^") // HL7 CX: the first component
		r.hash(&r.rec.Patients, "patient", strings.TrimSpace(id))
	}
}

func (r *auditReader) hash(list *[]string, kind, id string) {
	if id != "" && len(*list) < maxList {
		add(list, r.a.flow.Pseudonym(kind, []byte(id)))
	}
}

// uid is s if it is a DICOM UID (PS3.5 9.1), else empty.
func uid(s string) string {
	if len(s) > 64 || strings.Trim(s, "0123456789.") != "" {
		return ""
	}
	return s
}

// sourceType names a type of audit source (PS3.15 A.5.2.3).
func sourceType(c string) string {
	if n, err := strconv.Atoi(c); err == nil && n >= 1 && n <= 9 {
		return [...]string{"end_user", "acquisition", "web_server", "application_server", "database_server",
			"security_server", "network", "operating_system", "external"}[n-1]
	}
	if c != "" {
		return "other"
	}
	return ""
}

// actions are the values of EventActionCode (PS3.15 A.5.2.1).
var actions = map[string]string{"C": "create", "R": "read", "U": "update", "D": "delete", "E": "execute"}

// outcomes are the values of EventOutcomeIndicator.
var outcomes = map[string]string{"0": "success", "4": "minor_failure", "8": "serious_failure", "12": "major_failure"}

// events are the codes of PS3.16 CID 400.
var events = map[string]string{
	"110100": "Application Activity", "110101": "Audit Log Used", "110102": "Begin Transferring DICOM Instances",
	"110103": "DICOM Instances Accessed", "110104": "DICOM Instances Transferred", "110105": "DICOM Study Deleted",
	"110106": "Export", "110107": "Import", "110108": "Network Entry", "110109": "Order Record",
	"110110": "Patient Record", "110111": "Procedure Record", "110112": "Query", "110113": "Security Alert",
	"110114": "User Authentication",
}

// roles are the codes of PS3.16 CID 402.
var roles = map[string]string{
	"110150": "application", "110151": "launcher", "110152": "destination", "110153": "source",
	"110154": "destination media", "110155": "source media",
}

// objectKinds are the values of ParticipantObjectTypeCode.
var objectKinds = map[string]string{"1": "person", "2": "system", "3": "organization", "4": "other"}

// objectRoles are those values of ParticipantObjectTypeCodeRole that matter
// here.
var objectRoles = map[string]string{
	"1": "patient", "2": "location", "3": "report", "4": "resource", "5": "master file", "6": "user", "7": "list",
	"8": "doctor", "9": "subscriber", "10": "guarantor", "11": "security user", "12": "security group",
	"13": "security resource", "14": "security granularity", "15": "provider", "16": "data destination",
	"17": "data archive", "18": "schedule", "19": "customer", "20": "job", "21": "job stream", "22": "table",
	"23": "routing criteria", "24": "query",
}

// idTypes are values of ParticipantObjectIDTypeCode (PS3.15 A.5.2.4).
var idTypes = map[string]string{
	"1": "medical record number", "2": "patient number", "3": "encounter number", "4": "enrollee number",
	"5": "social security number", "6": "account number", "7": "guarantor number", "8": "report name",
	"9": "report number", "10": "search criteria", "11": "user identifier", "12": "URI",
	"110180": "study instance UID", "110181": "SOP class UID", "110182": "node ID",
}
