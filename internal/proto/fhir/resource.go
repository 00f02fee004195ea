package fhir

import (
	"bytes"
	"slices"
	"strconv"
	"strings"

	"lazaret/internal/charset"
	"lazaret/internal/event"
	"lazaret/internal/rest"
)

// resource is what the content of one direction tells.
type resource struct {
	typ      string
	id       []byte // logical id; hashed and cleared at the end of the content
	patient  []byte // that of the patient it is about
	bundle   string
	total    event.Count
	entries  uint64
	kinds    []string // of the resources in entries
	counts   []int
	profiles []string
	consent  bool
	owned    bool // by a patient
	maker    string
	model    string
	serial   string
	udi      string
	version  string
	naming   [2]string // name and type of the current Device.deviceName
	software string
	release  string // of the software
	fhir     string
}

// bundleTypes is the value set of Bundle.type.
var bundleTypes = []string{"document", "message", "transaction", "transaction-response", "batch", "batch-response",
	"history", "searchset", "collection", "subscription-notification"}

// Object implements rest.JSONSink.
func (b *body) Object(path []byte, depth int) {
	switch {
	case depth == 2 && string(path) == "entry":
		b.res.entries++
		b.matches.Answers++
		b.entry.patient, b.entry.id = false, b.entry.id[:0]
	case string(path) == "deviceName":
		b.res.naming = [2]string{}
	}
}

// Value implements rest.JSONSink. What is kept is bounded by MaxText of the walker.
func (b *body) Value(path, v []byte, text, cut bool) {
	if len(path) == 0 || cut {
		return
	}
	r := &b.res
	switch string(path) {
	case "resourceType":
		if s := string(v); text && r.typ == "" && (types()[s] || b.fhir && typeLike(s)) {
			r.typ = s
		}
	case "id":
		r.id = append(r.id[:0], v...)
	case "type":
		if i := slices.Index(bundleTypes, string(v)); i >= 0 {
			r.bundle = bundleTypes[i]
		}
	case "total":
		if n, err := strconv.ParseUint(string(v), 10, 48); err == nil && !text {
			r.total = event.N(n)
		}
	case "entry.resource.resourceType":
		r.entry(v)
		b.entry.patient = string(v) == "Patient"
		b.match()
	case "entry.resource.id":
		b.entry.id = append(b.entry.id[:0], v...)
		b.match()
	case "entry.resource.patient.reference", "entry.resource.subject.reference":
		if id := patientOf(v); len(id) > 0 {
			b.tell(id)
		}
	case "meta.profile":
		r.profiles = rest.AddDistinct(r.profiles, profile(v), 4)
	case "patient.reference", "subject.reference":
		r.reference(v)
	case "questionnaire", "entry.resource.questionnaire":
		r.consent = r.consent || consentWord(v)
	case "type.coding.code", "category.coding.code", "entry.resource.type.coding.code":
		r.consent = r.consent || consentCode(v)
	default:
		r.machine(path, v)
	}
}

// profile is the address of a profile, empty for what does not look like one: patients
// have addresses too.
func profile(v []byte) string {
	s := charset.Plain(v, 160)
	_, name, ok := strings.Cut(s, "/StructureDefinition/")
	if !ok || !strings.HasPrefix(s, "http") || strings.ContainsAny(s, "?#&=% @") || strings.Contains(name, "/") {
		return ""
	}
	return s
}

// machine takes what devices and servers say of themselves.
func (r *resource) machine(path, v []byte) {
	var to *string
	switch string(path) {
	case "deviceName.name", "deviceName.value":
		r.naming[0] = charset.Of([]byte("ISO_IR 192")).Clean(v, 128)
		r.named()
		return
	case "deviceName.type":
		r.naming[1] = charset.Plain(v, 32)
		r.named()
		return
	case "manufacturer":
		to = &r.maker
	case "modelNumber", "model":
		to = &r.model
	case "serialNumber":
		to = &r.serial
	case "udiCarrier.deviceIdentifier", "udi.deviceIdentifier", "udiCarrier.carrierHRF":
		to = &r.udi
	case "version.value":
		to = &r.version
	case "software.name":
		to = &r.software
	case "software.version":
		to = &r.release
	case "fhirVersion":
		to = &r.fhir
	default:
		return
	}
	if *to == "" {
		*to = charset.Of([]byte("ISO_IR 192")).Clean(v, 128)
	}
}

// named takes the name of a device that is the name of its model, in R4 the only place
// for it that is not a number.
func (r *resource) named() {
	if r.naming[1] == "model-name" && r.naming[0] != "" {
		r.model = r.naming[0]
	}
}

// entry counts a resource in a Bundle.
func (r *resource) entry(v []byte) {
	for i, k := range r.kinds {
		if k == string(v) {
			r.counts[i]++
			return
		}
	}
	typ := string(v)
	if !typeLike(typ) || len(r.kinds) >= maxTypes {
		return
	}
	r.kinds, r.counts = append(r.kinds, typ), append(r.counts, 1)
	r.consent = r.consent || typ == "Consent"
}

// reference takes the logical id of a patient from "Patient/id", which a URL may stand
// before and a version behind.
func (r *resource) reference(v []byte) {
	id := patientOf(v)
	if id == nil || len(r.patient) > 0 {
		return
	}
	r.owned = true
	r.patient = append(r.patient[:0], id...)
}

// patientOf is the logical id in a reference to a patient, nil if it is none.
func patientOf(v []byte) []byte {
	i := bytes.LastIndex(v, []byte("Patient/"))
	if i < 0 || i > 0 && v[i-1] != '/' {
		return nil
	}
	id, _, _ := bytes.Cut(v[i+len("Patient/"):], []byte{'/'})
	return id
}

// entry is the resource in a Bundle that is being read.
type entry struct {
	patient bool
	id      []byte
	told    []byte // of the patient before
}

// maxMatches is the most patients of one record.
const maxMatches = 64

// match enters the patient that an entry is, once its type and its id are known.
func (b *body) match() {
	if b.entry.patient && len(b.entry.id) > 0 {
		b.tell(b.entry.id)
	}
}

// tell enters whose data a Bundle tells. A list that is full goes out: however many there are,
// each is told.
func (b *body) tell(id []byte) {
	if !b.response || b.res.typ != "Bundle" || bytes.Equal(id, b.entry.told) {
		return
	}
	b.entry.told = append(b.entry.told[:0], id...)
	m := &b.matches
	h := b.a.f.Pseudonym("fhir/Patient", id)
	if slices.Contains(m.Patients, h) {
		return
	}
	if m.Patients = append(m.Patients, h); len(m.Patients) == maxMatches {
		b.tellMatches()
	}
}

// tellMatches emits what was gathered, if the answer was no refusal.
func (b *body) tellMatches() {
	m := b.matches
	b.matches = MatchesRecord{}
	if len(m.Patients) == 0 || b.x.rec.Status.V >= 300 {
		return
	}
	m.IsOrig, m.Interaction, m.Resource = b.x.rec.IsOrig, b.x.call.interaction, b.x.call.resource
	if m.Interaction == "" && b.x.rec.Method == "GET" && b.res.bundle == "searchset" {
		m.Interaction = "search"
	}
	b.a.f.Emit(b.a.f.Now(), &m)
}

// consentWord finds the word in the address of a questionnaire. Part of it is German:
// Einwilligung, Aufklärung.
func consentWord(v []byte) bool {
	low := bytes.ToLower(v)
	for _, w := range [...]string{"consent", "einwillig", "aufklaer", "aufklär"} {
		if bytes.Contains(low, []byte(w)) {
			return true
		}
	}
	return false
}

// consentCode knows the LOINC codes of documents of consent.
func consentCode(v []byte) bool {
	switch string(v) {
	case "59284-0", "64292-6", "64293-4", "61357-0", "57016-8", "57017-6":
		return true
	}
	return false
}

// write enters what r tells into a record. Answers of a Device to its own kind alone
// are of machines.
func (r *resource) write(rec *Record) {
	if r.typ == "Bundle" {
		rec.BundleType, rec.BundleTotal, rec.Entries = r.bundle, r.total, event.N(r.entries)
		rec.EntryTypes, rec.EntryCounts = r.sorted()
	}
	rec.Profiles = r.profiles
	switch r.typ {
	case "Device", "DeviceMetric", "DeviceDefinition":
		rec.Maker, rec.Model, rec.DevVersion = r.maker, r.model, r.version
		if !r.owned {
			rec.Serial, rec.UDI = r.serial, r.udi
		}
	case "CapabilityStatement", "Conformance":
		rec.Software, rec.SoftVersion, rec.FHIRVersion = r.software, r.release, r.fhir
	case "Consent":
		r.consent = true
	}
	rec.Consent = rec.Consent || r.consent
}

// sorted are the types within a Bundle by name, with their counts.
func (r *resource) sorted() ([]string, []int) {
	kinds := slices.Clone(r.kinds)
	slices.Sort(kinds)
	counts := make([]int, len(kinds))
	for i, k := range kinds {
		counts[i] = r.counts[slices.Index(r.kinds, k)]
	}
	return kinds, counts
}
