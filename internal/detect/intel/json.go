package intel

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"lazaret/internal/detect/where"
	"lazaret/internal/event"
)

// document walks through JSON and holds one object of a list at a time.
type document struct {
	l     *loader
	dec   *json.Decoder
	lines *where.Counter
	g     *guard
	saw   bool // something that is a bundle or an event
}

// readJSON reads a STIX bundle, a MISP event, or MISP's answer to a search.
func (l *loader) readJSON(b *bufio.Reader, g *guard) {
	lines := where.NewCounter(b)
	d := &document{l: l, dec: json.NewDecoder(lines), lines: lines, g: g}
	err := d.any()
	d.here()
	switch {
	case err != nil && !errors.Is(err, io.EOF):
		l.fault(0, "", "is no JSON that can be read: "+err.Error())
	case errors.Is(err, io.EOF):
		l.fault(0, "", "the JSON ends too early")
	case !d.saw:
		l.line = 0
		l.fault(0, "", "is JSON, but neither a STIX 2.1 bundle (objects) nor a MISP event (Event, response)")
	}
	l.line = 0
}

// here lets faults tell the line that was read to: that on which an object ends.
func (d *document) here() { d.l.line = d.lines.Line(d.dec.InputOffset()) }

// any reads an object with a list in it, or an array of such objects.
func (d *document) any() error {
	t, err := d.dec.Token()
	if err != nil {
		return err
	}
	switch t {
	case json.Delim('{'):
		return d.members(d.top)
	case json.Delim('['):
		return d.elements(func() error {
			t, err := d.dec.Token()
			if err != nil || t != json.Delim('{') {
				return err
			}
			return d.members(d.top)
		})
	}
	return nil
}

// members calls f with each key of an object that was begun; f reads the value.
func (d *document) members(f func(key string) error) error {
	for d.dec.More() {
		d.g.reset()
		t, err := d.dec.Token()
		if err != nil {
			return err
		}
		key, ok := t.(string)
		if !ok {
			return errors.New("an object has a key that is no text")
		}
		if err := f(key); err != nil {
			return err
		}
	}
	_, err := d.dec.Token()
	return err
}

// elements calls f before each element of an array that was begun.
func (d *document) elements(f func() error) error {
	for d.dec.More() {
		d.g.reset()
		d.here()
		if err := f(); err != nil {
			return err
		}
	}
	_, err := d.dec.Token()
	return err
}

// array calls f before each element if an array comes, else passes it over.
func (d *document) array(f func() error) error {
	t, err := d.dec.Token()
	if err != nil || t != json.Delim('[') {
		return d.rest(t, err)
	}
	return d.elements(f)
}

// object calls f with the keys of an object if one comes, else passes it over.
func (d *document) object(f func(key string) error) error {
	t, err := d.dec.Token()
	if err != nil || t != json.Delim('{') {
		return d.rest(t, err)
	}
	return d.members(f)
}

// rest passes over a value whose first token was read.
func (d *document) rest(t json.Token, err error) error {
	depth := 0
	for {
		if err != nil {
			return err
		}
		switch t {
		case json.Delim('{'), json.Delim('['):
			depth++
		case json.Delim('}'), json.Delim(']'):
			depth--
		}
		if depth <= 0 {
			return nil
		}
		d.g.reset()
		t, err = d.dec.Token()
	}
}

func (d *document) skip() error {
	t, err := d.dec.Token()
	return d.rest(t, err)
}

// decode reads a value; one of another shape is a fault and passed over.
func (d *document) decode(to any, what string) (ok bool, err error) {
	err = d.dec.Decode(to)
	d.here()
	var shape *json.UnmarshalTypeError
	if errors.As(err, &shape) {
		d.l.fault(0, what, fmt.Sprintf("%s is %s, which was not expected", shape.Field, shape.Value))
		return false, nil
	}
	return err == nil, err
}

// top is a member of the outermost object.
func (d *document) top(key string) error {
	switch key {
	case "objects":
		d.saw = true
		return d.array(d.stixObject)
	case "Event":
		d.saw = true
		return d.event()
	case "Attribute":
		d.saw = true
		return d.array(d.attribute)
	case "response":
		d.saw = true
		return d.response()
	}
	return d.skip()
}

// response is MISP's answer to a search: a list of events, or of attributes.
func (d *document) response() error {
	t, err := d.dec.Token()
	if err != nil {
		return err
	}
	switch t {
	case json.Delim('['):
		return d.elements(func() error { return d.object(d.top) })
	case json.Delim('{'):
		return d.members(d.top)
	}
	return nil
}

// stixObject is what counts of an object of STIX 2.1 (4.7 for indicators).
type stixObject struct {
	Type           string   `json:"type"`
	ID             string   `json:"id"`
	Name           string   `json:"name"`
	Description    string   `json:"description"`
	Pattern        string   `json:"pattern"`
	PatternType    string   `json:"pattern_type"`
	ValidFrom      string   `json:"valid_from"`
	ValidUntil     string   `json:"valid_until"`
	Revoked        bool     `json:"revoked"`
	Confidence     *int     `json:"confidence"`
	Labels         []string `json:"labels"`
	IndicatorTypes []string `json:"indicator_types"`
	Phases         []struct {
		Phase string `json:"phase_name"`
	} `json:"kill_chain_phases"`
}

func (d *document) stixObject() error {
	var o stixObject
	if ok, err := d.decode(&o, "object of the bundle"); err != nil || !ok {
		return err
	}
	l := d.l
	switch {
	case o.Type != "indicator":
		l.leave("objects other than indicators")
		return nil
	case o.Revoked:
		l.leave("revoked")
		return nil
	case o.PatternType != "" && o.PatternType != "stix":
		l.fault(0, o.ID, "is a pattern of "+cut(o.PatternType)+", only those of stix are read")
		return nil
	case o.Pattern == "":
		l.fault(0, o.ID, "has no pattern")
		return nil
	}
	m := meta{confidence: -1, name: o.Name, comment: o.Description, origin: o.ID}
	if o.Confidence != nil {
		if m.confidence = *o.Confidence; m.confidence < 0 || m.confidence > 100 {
			l.fault(0, o.ID, fmt.Sprintf("confidence %d is not from 0 to 100", *o.Confidence))
			return nil
		}
	}
	words := append(o.Labels, o.IndicatorTypes...)
	for _, p := range o.Phases {
		words = append(words, p.Phase)
	}
	m.labels = strings.Join(words, ", ")
	for _, at := range []struct {
		text string
		to   *int64
	}{{o.ValidFrom, &m.from}, {o.ValidUntil, &m.until}} {
		if at.text == "" {
			continue
		}
		t, err := event.ParseTime(at.text)
		if err != nil {
			l.fault(0, o.ID, fmt.Sprintf("%q is no time (valid_from, valid_until)", cut(at.text)))
			return nil
		}
		*at.to = int64(t) / 1e9
	}
	alternatives, err := patternTerms(o.Pattern)
	if err != nil {
		l.fault(0, o.ID, "the pattern "+err.Error())
		return nil
	}
	for _, all := range alternatives {
		l.take(0, o.ID+" ("+all[0].value+")", m, all[0], all[1:]...)
	}
	return nil
}
