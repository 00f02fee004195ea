package reading

import (
	"bytes"
	"encoding"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/BurntSushi/toml"

	"lazaret/internal/baseline"
	"lazaret/internal/capture"
	"lazaret/internal/contacts"
	"lazaret/internal/detect"
	"lazaret/internal/detect/sigma"
	"lazaret/internal/exposure"
	"lazaret/internal/incident"
	"lazaret/internal/inventory"
	"lazaret/internal/mask"
	"lazaret/internal/sensor"
	"lazaret/internal/sessions"
)

// Config is everything that can be set. Every bound on memory is in here.
type Config struct {
	Site      Site             `toml:"site" doc:"this site"`
	Capture   capture.Config   `toml:"capture" doc:"reading capture files"`
	Sensor    sensor.Config    `toml:"sensor" doc:"from frames to records"`
	Inventory inventory.Config `toml:"inventory" doc:"devices and services"`
	Sessions  sessions.Config  `toml:"sessions" doc:"who opened a desktop, a shell or a command on whom"`
	Baseline  baseline.Config  `toml:"baseline" doc:"what is normal, as read --learn learns it"`
	Exposure  exposure.Config  `toml:"exposure" doc:"patients, studies, messages, queries and files that devices had"`
	Contacts  contacts.Config  `toml:"contacts" doc:"who reached whom over roads that a program can travel"`
	Incident  incident.Config  `toml:"incident" doc:"findings joined to incidents, and who infected whom"`
	Detect    detect.Config    `toml:"detect" doc:"what rules find"`
	Sigma     sigma.Config     `toml:"sigma" doc:"correlations of rules of Sigma"`
	Mask      mask.Config      `toml:"mask" doc:"packets of incidents, patient data overwritten"`
	Runtime   Runtime          `toml:"runtime" doc:"the process"`
}

// Site holds what belongs to one site.
type Site struct {
	Key      string   `toml:"key" doc:"file with the secret for pseudonyms, 16 bytes or more; made at first use when empty: then it is lazaret/site.key in the user's configuration folder"`
	Networks []string `toml:"networks" doc:"own networks with public addresses, as 192.0.2.0/24: what is in them is never told as an indicator"`
}

// own are the networks of the site.
func (s Site) own() (out []netip.Prefix, err error) {
	for _, text := range s.Networks {
		p, perr := netip.ParsePrefix(text)
		if perr != nil {
			err = errors.Join(err, fmt.Errorf("site.networks: %.60q is no network", text))
			continue
		}
		out = append(out, p.Masked())
	}
	return out, err
}

// Runtime bounds the process.
type Runtime struct {
	HeapTarget int `toml:"heap_target" doc:"bytes of heap from which the garbage collector works harder, 0 for no target"`
}

// DefaultConfig is used for every key that the file does not set.
func DefaultConfig() Config {
	return Config{
		Capture: capture.DefaultConfig(), Sensor: sensor.DefaultConfig(),
		Inventory: inventory.DefaultConfig(), Sessions: sessions.DefaultConfig(), Baseline: baseline.DefaultConfig(), Exposure: exposure.DefaultConfig(), Contacts: contacts.DefaultConfig(), Incident: incident.DefaultConfig(), Detect: detect.DefaultConfig(), Sigma: sigma.DefaultConfig(), Mask: mask.DefaultConfig(), Runtime: Runtime{HeapTarget: 160 << 20},
	}
}

// Validate names every wrong key.
func (c Config) Validate() error {
	var errs []error
	if c.Runtime.HeapTarget < 0 {
		errs = append(errs, fmt.Errorf("runtime.heap_target: %d bytes is negative", c.Runtime.HeapTarget))
	}
	_, wrong := c.Site.own()
	return errors.Join(append(errs, wrong, c.Capture.Validate(), c.Sensor.Validate(), c.Inventory.Validate(), c.Sessions.Validate(), c.Baseline.Validate(), c.Exposure.Validate(), c.Contacts.Validate(), c.Incident.Validate(), c.Detect.Validate(), c.Sigma.Validate(), c.Mask.Validate(), checkNumbers(c.Detect))...)
}

// Load reads a file over the defaults. Unknown keys are errors, because a
// misspelt bound would silently not hold.
func Load(path string) (Config, error) {
	c := DefaultConfig()
	if path == "" {
		return c, nil
	}
	md, err := toml.DecodeFile(path, &c)
	if err != nil {
		var pe toml.ParseError
		if errors.As(err, &pe) {
			return c, Usage(fmt.Errorf("%s: line %d: %s", path, pe.Position.Line, pe.Message))
		}
		return c, Usage(fmt.Errorf("configuration %s: %w", path, Bare(err)))
	}
	var errs []error
	for _, k := range md.Undecoded() {
		errs = append(errs, fmt.Errorf("%s: unknown key %s", path, k))
	}
	if err := errors.Join(append(errs, c.Validate())...); err != nil {
		return c, Usage(err)
	}
	return c, nil
}

// PrintConfig writes TOML with each field's doc as a comment.
func PrintConfig(w io.Writer, cfg Config) error {
	var b bytes.Buffer
	writeTable(&b, "", reflect.ValueOf(cfg))
	_, err := w.Write(bytes.TrimLeft(b.Bytes(), "\n"))
	return err
}

func writeTable(b *bytes.Buffer, path string, v reflect.Value) {
	var tables []int
	for i := range v.NumField() {
		f := v.Type().Field(i)
		if f.Tag.Get("toml") == "-" {
			continue
		}
		if f.Type.Kind() == reflect.Struct {
			tables = append(tables, i)
			continue
		}
		comment(b, f.Tag.Get("doc"))
		fmt.Fprintf(b, "%s = %s\n", f.Tag.Get("toml"), tomlValue(v.Field(i)))
	}
	for _, i := range tables {
		f := v.Type().Field(i)
		name := strings.TrimPrefix(path+"."+f.Tag.Get("toml"), ".")
		b.WriteByte('\n')
		comment(b, f.Tag.Get("doc"))
		fmt.Fprintf(b, "[%s]\n", name)
		writeTable(b, name, v.Field(i))
	}
}

func comment(b *bytes.Buffer, doc string) {
	if doc != "" {
		fmt.Fprintf(b, "# %s\n", doc)
	}
}

func tomlValue(v reflect.Value) string {
	if d, ok := v.Interface().(time.Duration); ok {
		return fmt.Sprintf("%q", d)
	}
	if _, ok := reflect.New(v.Type()).Interface().(encoding.TextUnmarshaler); ok {
		return fmt.Sprintf("%q", fmt.Sprint(v.Interface()))
	}
	switch v.Kind() {
	case reflect.String:
		return fmt.Sprintf("%q", v.String())
	case reflect.Slice:
		var out []string
		for i := range v.Len() {
			out = append(out, tomlValue(v.Index(i)))
		}
		return "[" + strings.Join(out, ", ") + "]"
	case reflect.Map: // an inline table
		var out []string
		for _, k := range v.MapKeys() {
			out = append(out, k.String()+" = "+tomlValue(v.MapIndex(k)))
		}
		slices.Sort(out)
		return "{" + strings.Join(out, ", ") + "}"
	}
	return fmt.Sprint(v.Interface())
}
