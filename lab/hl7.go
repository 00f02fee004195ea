package main

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"lazaret/lab/cast"
	"lazaret/lab/truth"
)

// Ports of the HL7 listeners.
const (
	portEngine = 6600
	portRIS    = 6661
	portHIS    = 7788
)

// hl7Text is a message in a job of hl7.js.
type hl7Text struct {
	Text string `json:"text"`
}

type hl7Job struct {
	Host      string    `json:"host"`
	Port      int       `json:"port"`
	Stream    bool      `json:"stream,omitempty"`
	Charset   string    `json:"charset,omitempty"` // of Node.js: utf8 or latin1
	KeepAlive bool      `json:"keepalive,omitempty"`
	Messages  []hl7Text `json:"messages"`
}

// hl7Report is a line of hl7.js.
type hl7Report struct {
	To        string `json:"to"`
	Port      int    `json:"port"`
	ControlID string `json:"control_id"`
	Ack       string `json:"ack"`
}

func (l *Lab) startHL7(h *Host, mode string, port int, conf map[string]any) (*Proc, error) {
	conf["port"], conf["limit"] = port, 300000
	file, err := l.jobFile("hl7-"+h.Name, conf)
	if err != nil {
		return nil, err
	}
	p, err := l.start(h, fmt.Sprintf("hl7-%s-%s", mode, h.Name), "node", filepath.Join(l.peers, "hl7.js"), mode, file)
	if err != nil {
		return nil, err
	}
	return p, p.waitListen(port)
}

// startEngine runs the interface engine between RIS and HIS.
func (l *Lab) startEngine() (*Proc, error) {
	if _, err := l.startHL7(l.hosts["ris"], "receive", portRIS, map[string]any{}); err != nil {
		return nil, err
	}
	if _, err := l.startHL7(l.hosts["his"], "receive", portHIS, map[string]any{"answer": map[string]string{"MDM^T02": "AE"}}); err != nil {
		return nil, err
	}
	return l.startHL7(l.hosts["engine"], "engine", portEngine, map[string]any{
		"refuse": map[string]string{"ADT^A40": "AE", "PS-BAD-1": "AR"},
		"routes": []map[string]any{
			{"match": `^(ADT\^A0[1-8]|SIU)`, "to": "ris", "host": l.hosts["ris"].IP, "port": portRIS},
			{"match": `^(ORU|MDM|OMI)`, "to": "his", "host": l.hosts["his"].IP, "port": portHIS},
		},
	})
}

// say sends messages from one host to the engine and notes their answers.
func (l *Lab) say(from string, j hl7Job, ms []cast.Message) error {
	h, engine := l.hosts[from], l.hosts["engine"]
	j.Host, j.Port = engine.IP, portEngine
	for _, m := range ms {
		if !m.Batch {
			j.Messages = append(j.Messages, hl7Text{m.Text})
		}
	}
	file, err := l.jobFile("hl7-"+from, j)
	if err != nil {
		return err
	}
	out, err := l.must(h, "node", filepath.Join(l.peers, "hl7.js"), "send", file)
	if err != nil {
		return err
	}
	acks := map[string]string{}
	for line := range strings.Lines(out) {
		var r hl7Report
		if json.Unmarshal([]byte(line), &r) == nil && r.ControlID != "" {
			acks[r.ControlID] = r.Ack
		}
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, m := range ms {
		m.Client, m.Server, m.Port = from, "engine", portEngine
		m.Ack = acks[m.ControlID]
		if m.Ack == "" && !m.Batch {
			return fmt.Errorf("hl7 from %s: %s has no answer\n%s", from, m.ControlID, tail(out, 600))
		}
		l.truth.HL7 = append(l.truth.HL7, m.HL7Message)
	}
	return nil
}

// feeds lets everyone talk to the engine, then notes what it passed on.
func (l *Lab) feeds(engine *Proc) error {
	all := cast.Patients()
	for _, p := range all[:10] {
		l.canaryPatient(p)
		l.canary("street", p.Street)
	}
	for _, v := range []string{"ZZCANÄRY^ÜMIT", "ZZCANÄRY^JÖRG", "ZZCANARY^MERGED", "ZZKIN^NEXT"} {
		l.canary("patient-name", v)
	}
	for _, v := range []string{"LZCAN-900001", "LZCAN-900002", "LZCAN-900777"} {
		l.canary("patient-id", v)
	}
	for _, v := range []string{"LZACC-60001", "LZACC-60002", "LZACC-60003", "LZACC-60004"} {
		l.canary("accession", v)
	}
	l.canary("report-text", "ZZFINDING")
	adt, ord := cast.Admissions(all), cast.Orders(all)
	for _, from := range []string{"his", "reg1", "reg2", "consent1"} {
		if err := l.say(from, hl7Job{KeepAlive: from != "reg2"}, adt[from]); err != nil {
			return err
		}
	}
	for _, from := range []string{"ris", "reports"} {
		if err := l.say(from, hl7Job{KeepAlive: true}, ord[from]); err != nil {
			return err
		}
	}
	if err := l.say("ris", hl7Job{Stream: true}, cast.Oddities(all)); err != nil {
		return err
	}
	if err := l.say("his", hl7Job{Stream: true, Charset: "latin1"}, cast.Latin()); err != nil {
		return err
	}
	if err := l.sayBatch(all); err != nil {
		return err
	}
	return l.forwarded(engine)
}

// sayBatch sends two messages in one block. The engine answers the first.
func (l *Lab) sayBatch(all []cast.Patient) error {
	ms := cast.Batched(all)
	whole := cast.Batch(ms)
	for i := range ms {
		ms[i].Batch = true
	}
	return l.say("his", hl7Job{Stream: true, Messages: []hl7Text{{whole}}}, ms)
}

// forwarded notes the messages the engine passed on, by its own report.
func (l *Lab) forwarded(engine *Proc) error {
	want := 0
	known := map[string]truth.HL7Message{}
	for _, m := range l.truth.HL7 {
		known[m.ControlID] = m
		if m.Ack == "AA" && routed(m.Type) {
			want++
		}
	}
	for range 100 {
		if strings.Count(engine.output(), "\n") >= want {
			break
		}
		time.Sleep(50 * time.Millisecond)
	}
	for line := range strings.Lines(engine.output()) {
		var r hl7Report
		if err := json.Unmarshal([]byte(line), &r); err != nil {
			return fmt.Errorf("engine says %q: %w", line, err)
		}
		m := known[r.ControlID]
		m.Client, m.Server, m.Port, m.Ack, m.Forwarded = "engine", r.To, r.Port, r.Ack, true
		l.truth.HL7 = append(l.truth.HL7, m)
		want--
	}
	if want != 0 {
		return fmt.Errorf("the engine passed on %d messages less than it should", want)
	}
	return nil
}

// routed repeats the engine's routes in words.
func routed(kind string) bool {
	return strings.HasPrefix(kind, "ADT^A0") || strings.HasPrefix(kind, "SIU") ||
		strings.HasPrefix(kind, "ORU") || strings.HasPrefix(kind, "MDM") || strings.HasPrefix(kind, "OMI")
}

// hl7Feeds is the scenario of the messages alone.
func hl7Feeds(l *Lab) error {
	if err := l.build("router", "engine", "ris", "reports", "his", "reg1", "reg2", "consent1"); err != nil {
		return err
	}
	engine, err := l.startEngine()
	if err != nil {
		return err
	}
	if err := l.record(); err != nil {
		return err
	}
	return l.feeds(engine)
}
