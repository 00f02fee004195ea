package event

import (
	"encoding/hex"
	"fmt"
	"maps"
	"math"
	"net/netip"
	"reflect"
	"slices"
	"strings"

	"lazaret/internal/netid"
)

// Make builds a record from the values of its columns, by their names in the log, as
// they are written down in tests of rules: texts, numbers (whole or not), truths and
// lists of them; addresses are texts, times and intervals seconds. Columns that are left
// out are unset; ts is at unless it is given. Every fault is told, in the order of the
// names: columns that the log has not, and values that a column cannot hold.
func (s *Schema) Make(at Time, columns map[string]any) (*Record, []error) {
	body := reflect.New(s.typ)
	payload, ok := body.Interface().(Payload)
	if !ok {
		return nil, []error{fmt.Errorf("%s has no records that can be made", s.Name)}
	}
	r := &Record{TS: at, Body: payload}
	if s.PerConn {
		r.Conn = &Conn{UID: "C1"}
	}
	var errs []error
	for _, name := range slices.Sorted(maps.Keys(columns)) {
		if err := s.put(r, body.Elem(), name, columns[name]); err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", name, err))
		}
	}
	return r, errs
}

func (s *Schema) put(r *Record, body reflect.Value, name string, v any) error {
	a, ok := s.Access(name)
	switch {
	case !ok:
		return fmt.Errorf("is no column of %s", s.Name)
	case a.field != nil:
		return a.field.set(body.Field(a.field.index), v)
	case a.place == len(envelope):
		n, err := number(v)
		if err != nil || n < 0 || n >= maxSeconds {
			return fmt.Errorf("%v is no time in epoch seconds", v)
		}
		r.TS = Time(math.Round(n * 1e9))
		return nil
	}
	return r.Conn.put(envelope[a.place], v)
}

// put sets a column of the conversation.
func (c *Conn) put(name string, v any) error {
	end := &c.Orig
	switch name {
	case "uid":
		text, ok := v.(string)
		if !ok {
			return fmt.Errorf("%v is no text", v)
		}
		c.UID = text
		return nil
	case "id.resp_h", "id.resp_p":
		end = &c.Resp
	}
	if name == "id.orig_h" || name == "id.resp_h" {
		ip, err := address(v)
		end.IP = ip
		return err
	}
	n, err := number(v)
	if err != nil || n != math.Trunc(n) || n < 0 || n > math.MaxUint16 {
		return fmt.Errorf("%v is no port", v)
	}
	end.Port = uint16(n)
	return nil
}

func number(v any) (float64, error) {
	switch n := v.(type) {
	case int64:
		return float64(n), nil
	case float64:
		return n, nil
	}
	return 0, fmt.Errorf("%v is no number", v)
}

func address(v any) (netid.IP, error) {
	text, _ := v.(string)
	a, err := netip.ParseAddr(text)
	if err != nil {
		return netid.IP{}, fmt.Errorf("%v is no address", v)
	}
	return netid.FromAddr(a), nil
}

// set puts a value into a field of a record.
func (f *Field) set(x reflect.Value, v any) error {
	switch f.kind {
	case kStrings, kInts, kFloats, kIntervals, kIPs:
		list, ok := v.([]any)
		if !ok {
			list = []any{v}
		}
		out := reflect.MakeSlice(x.Type(), len(list), len(list))
		for i, e := range list {
			if err := f.setOne(out.Index(i), e); err != nil {
				return err
			}
		}
		x.Set(out)
		return nil
	case kCount, kOptBool:
		x.Field(1).SetBool(true)
		return f.setOne(x.Field(0), v)
	}
	return f.setOne(x, v)
}

// setOne sets a single value, or one of a list.
func (f *Field) setOne(x reflect.Value, v any) error {
	switch f.kind {
	case kString, kStrings:
		text, ok := v.(string)
		if !ok {
			return fmt.Errorf("%v is no text", v)
		}
		x.SetString(text)
	case kBool, kOptBool:
		truth, ok := v.(bool)
		if !ok {
			return fmt.Errorf("%v is neither true nor false", v)
		}
		x.SetBool(truth)
	case kIP, kIPs:
		ip, err := address(v)
		if err != nil {
			return err
		}
		x.Set(reflect.ValueOf(ip))
	case kMAC:
		text, _ := v.(string)
		var mac netid.MAC
		if b, err := hex.DecodeString(strings.ReplaceAll(text, ":", "")); err != nil || copy(mac[:], b) != len(mac) || len(b) != len(mac) {
			return fmt.Errorf("%v is no hardware address", v)
		}
		x.Set(reflect.ValueOf(mac))
	default:
		return f.setNumber(x, v)
	}
	return nil
}

func (f *Field) setNumber(x reflect.Value, v any) error {
	n, err := number(v)
	if err != nil {
		return err
	}
	switch f.kind {
	case kFloat, kFloats:
		x.SetFloat(n)
		return nil
	case kTime, kInterval, kIntervals:
		if math.Abs(n) >= maxSeconds {
			return fmt.Errorf("%v is out of range", v)
		}
		x.SetInt(int64(math.Round(n * 1e9)))
		return nil
	}
	switch whole := int64(n); {
	case n != math.Trunc(n) || math.Abs(n) > 1<<53:
		return fmt.Errorf("%v is no whole number", v)
	case x.CanUint() && (whole < 0 || x.OverflowUint(uint64(whole))), x.CanInt() && x.OverflowInt(whole):
		return fmt.Errorf("%v is out of range", v)
	case x.CanUint():
		x.SetUint(uint64(whole))
	default:
		x.SetInt(whole)
	}
	return nil
}
