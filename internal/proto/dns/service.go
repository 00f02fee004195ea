package dns

import (
	"bytes"
	"encoding/binary"
	"slices"
	"strings"

	"lazaret/internal/event"
	"lazaret/internal/netid"
)

// Service is one instance of a service that a host announced or answered with, put
// together from the records of one message (DNS-SD, RFC 6763; DICOM PS3.15 annex H).
type Service struct {
	Type         string     `log:"service,always" doc:"Type of the service, such as _ipp._tcp (RFC 6763 7)"`
	Domain       string     `log:"domain" doc:"Domain it is announced in, on the link local"`
	Instance     string     `log:"instance" doc:"Name of the instance, lower case" class:"person"`
	Host         string     `log:"host" doc:"Host that serves it, lower case (SRV)"`
	Port         uint16     `log:"port" doc:"Port it is served on (SRV)"`
	Addresses    []netid.IP `log:"addresses" doc:"Addresses of the host in the same message"`
	Manufacturer string     `log:"manufacturer" doc:"Maker, by the keys usb_MFG, mfg, manufacturer or vendor"`
	Model        string     `log:"model" doc:"Model, by the keys ty, model, md, product, usb_MDL, modelname or model_number"`
	Serial       string     `log:"serial" doc:"Serial number, by the keys serialnumber, serial or sn"`
	Firmware     string     `log:"firmware" doc:"Version, by the keys fv, fw, firmware, srcvers, osxvers or version"`
	Location     string     `log:"location" doc:"Place of a printer (key note)"`
	AETitle      string     `log:"ae_title" doc:"DICOM AE title (key AET)"`
	DeviceType   string     `log:"device_type" doc:"DICOM device types (key PrimaryDeviceType)"`
	UUID         string     `log:"uuid" doc:"Identifier of the device (key UUID or deviceid)"`
	Keys         []string   `log:"keys" doc:"Names of all keys, sorted"`
	FromResp     bool       `log:"from_responder" doc:"Said by the responder of the conversation, else by its originator"`
}

// ServiceSchema of the dns_sd log.
var ServiceSchema = event.NewSchema[Service]("dns_sd", "One service that a host announced (DNS service discovery)")

// Schema implements event.Payload.
func (*Service) Schema() *event.Schema { return ServiceSchema }

const (
	maxServices  = 16  // per message
	maxKeys      = 24  // per service
	maxKey       = 32  // bytes of the name of a key
	maxValue     = 128 // bytes of a value that is kept
	maxAddresses = 8
)

// announces keeps what a record of a response says about a service.
func (p *parser) announces(r *rr) {
	if r.typ != typeSRV && r.typ != typeTXT || r.class&0x7fff != 1 {
		return
	}
	instance, typ, domain, isService := splitService(p.name.bytes())
	if !isService {
		return
	}
	s := p.service(instance, typ, domain)
	if s == nil {
		return
	}
	if r.typ == typeTXT {
		s.describe(r.data)
		return
	}
	if len(r.data) < 7 {
		return
	}
	if _, bad := p.readName(&p.data, r.off+len(r.data), r.off+6, false); bad == ok {
		s.Port, s.Host = binary.BigEndian.Uint16(r.data[4:]), cut(p.data.bytes())
	}
}

// splitService takes "instance._type._tcp.domain" apart (RFC 6763 4.1). The
// instance may hold dots.
func splitService(b []byte) (instance, typ, domain []byte, isService bool) {
	for _, proto := range [...]string{"._tcp.", "._udp."} {
		i := bytes.LastIndex(b, []byte(proto))
		if i < 0 {
			continue
		}
		head := b[:i]
		k := bytes.LastIndex(head, []byte("._"))
		if k <= 0 {
			return nil, nil, nil, false
		}
		return head[:k], b[k+1 : i+len(proto)-1], b[i+len(proto):], true
	}
	return nil, nil, nil, false
}

// service finds or makes the service of that name in this message.
func (p *parser) service(instance, typ, domain []byte) *Service {
	for _, s := range p.services {
		if s.Instance == string(instance[:min(len(instance), maxValue)]) && s.Type == string(typ) {
			return s
		}
	}
	if len(p.services) >= maxServices || len(typ) > maxValue {
		return nil
	}
	s := &Service{Instance: cut(instance), Type: string(typ), Domain: cut(domain)}
	p.services = append(p.services, s)
	return s
}

func cut(b []byte) string {
	return strings.ToValidUTF8(string(b[:min(len(b), maxValue)]), "?")
}

// describe reads the pairs of a TXT record (RFC 6763 6.3). Of several equal keys
// the first counts.
func (s *Service) describe(b []byte) {
	for len(b) > 0 && len(s.Keys) < maxKeys {
		n := int(b[0])
		if n > len(b)-1 {
			break
		}
		key, value, _ := bytes.Cut(b[1:1+n], []byte{'='})
		b = b[1+n:]
		if len(key) == 0 || len(key) > maxKey || !keyText(key) {
			continue
		}
		name := strings.ToLower(string(key))
		if slices.Contains(s.Keys, name) {
			continue
		}
		s.Keys = append(s.Keys, name)
		if to := s.field(name); to != nil && *to == "" {
			*to = strings.Trim(cut(value), " ()")
		}
	}
	slices.Sort(s.Keys)
}

func keyText(b []byte) bool {
	for _, c := range b {
		if c < 0x21 || c > 0x7e {
			return false
		}
	}
	return true
}

// field is where the value of a key goes; nil if it is not kept.
func (s *Service) field(key string) *string {
	switch key {
	case "usb_mfg", "mfg", "manufacturer", "vendor":
		return &s.Manufacturer
	case "ty", "model", "md", "product", "usb_mdl", "modelname", "model_number":
		return &s.Model
	case "serialnumber", "serial", "sn":
		return &s.Serial
	case "fv", "fw", "firmware", "srcvers", "osxvers", "version":
		return &s.Firmware
	case "note":
		return &s.Location
	case "aet":
		return &s.AETitle
	case "primarydevicetype":
		return &s.DeviceType
	case "uuid", "deviceid":
		return &s.UUID
	}
	return nil
}

// tell emits the services of a message, each with its host's addresses in it.
func (a *analyzer) tell(p *parser) {
	for _, s := range p.services {
		for _, b := range p.rec.Bindings {
			if b.Name == s.Host && (b.Type == typeA || b.Type == typeAAAA) && len(s.Addresses) < maxAddresses {
				s.Addresses = append(s.Addresses, b.IP)
			}
		}
		s.FromResp = a.dir == 1
		a.flow.Emit(a.flow.Now(), s)
	}
}
