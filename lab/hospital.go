package main

import (
	"errors"

	"lazaret/lab/cast"
)

// day is everything that runs during the hospital's day.
type day struct {
	*workflow
	names    *names
	engine   *Proc
	vna      node
	ws1, ws3 node
	secure   node
	small    map[string]series
}

// hospital is the main scenario: all machines, all protocols, one day.
func hospital(l *Lab) error {
	if err := l.build(cast.Imaging()...); err != nil {
		return err
	}
	d, err := l.openHospital()
	if err != nil {
		return err
	}
	if err := l.record(); err != nil {
		return err
	}
	cart, err := l.boot()
	if err != nil {
		return err
	}
	sets := d.sets
	err = together(
		func() error { return l.feeds(d.engine) },
		func() error { return l.lookups("ws1", "us2", "pc1", "pc2", "ct1", "cart1") },
		func() error { return l.office("admin1", "pc1", "pc2", "reg1") },
		func() error { return l.examineAll(d.workflow, "ct1", "ct2", "mr1") },
		func() error { return l.examineAll(d.workflow, "dx1", "dx2", "us2", "mg1") },
		func() error { return l.examineAll(d.workflow, "xa1", "us1", "mr2", "nm1") },
	)
	if err != nil {
		return err
	}
	if err := l.store(l.hosts["cart1"], d.pacs, sets["cart1"].files[:1]); err != nil {
		return err
	}
	if err := l.moveCart(d.names, cart); err != nil {
		return err
	}
	if err := l.store(l.hosts["cart1"], d.pacs, sets["cart1"].files[1:]); err != nil {
		return err
	}
	if err := l.afternoon(d); err != nil {
		return err
	}
	return l.evening(d)
}

// openHospital starts every server and builds every object.
func (l *Lab) openHospital() (*day, error) {
	d := &day{}
	var err error
	if d.names, err = l.startNames(); err != nil {
		return nil, err
	}
	if err = l.startOffice(); err != nil {
		return nil, err
	}
	if d.engine, err = l.startEngine(); err != nil {
		return nil, err
	}
	if d.ws1, err = l.startStoreSCP(l.hosts["ws1"]); err != nil {
		return nil, err
	}
	if d.ws3, err = l.startStoreSCP(l.hosts["ws3"]); err != nil {
		return nil, err
	}
	if d.vna, err = l.startQR(l.hosts["vna"], d.ws1, d.ws3); err != nil {
		return nil, err
	}
	counts := map[string]int{"ct1": 4, "ct2": 2, "mr1": 4, "mr2": 3, "dx1": 1, "dx2": 1,
		"us1": 1, "us2": 1, "mg1": 1, "xa1": 1, "nm1": 1, "cart1": 2}
	if d.workflow, err = l.startWorkflow(counts, d.ws1, d.ws3); err != nil {
		return nil, err
	}
	if err = l.makeCerts("vna", "dx1", "ws2"); err != nil {
		return nil, err
	}
	d.secure, err = l.startStoreSCP(l.hosts["ws2"], l.tlsArgs("ws2")...)
	d.secure.tls = true
	if err != nil {
		return nil, err
	}
	d.small, err = l.makeSmall("dx1")
	return d, err
}

// boot brings up the machines that get their address from DHCP.
func (l *Lab) boot() (*Proc, error) {
	if err := l.bootWindows(); err != nil {
		return nil, err
	}
	if err := l.bootLinux(); err != nil {
		return nil, err
	}
	return l.bootCart(1)
}

func (l *Lab) examineAll(w *workflow, names ...string) error {
	for _, n := range names {
		if err := l.examine(w, n); err != nil {
			return err
		}
	}
	return nil
}

// afternoon is reading: copies to the second archive, queries, prints.
func (l *Lab) afternoon(d *day) error {
	for _, name := range []string{"ct2", "mr2"} {
		if err := l.store(l.hosts[name], d.vna, d.sets[name].files); err != nil {
			return err
		}
	}
	return together(
		func() error { return l.queries(d.pacs, d.vna, d.sets["ct2"], d.sets["mr2"]) },
		func() error { return l.print(d.workflow, "ws1", d.sets["ct1"].Study) },
		func() error { return l.webViewer("ws3", d.pacs) },
		func() error { return l.secureStore(d) },
	)
}

func (l *Lab) secureStore(d *day) error {
	return l.secure(d.secure, d.small, "dx1")
}

// evening is what went wrong, and the logs of the servers.
func (l *Lab) evening(d *day) error {
	if err := l.refusals(d.pacs, d.sets["mr1"].files); err != nil {
		return err
	}
	_, err := l.dimse(l.hosts["ct2"], d.pacs, job{Requests: []request{{Op: "C-ECHO"}}, Repeat: 40}, "accepted")
	if err != nil {
		return err
	}
	if err := l.events(d.workflow); err != nil {
		return err
	}
	if err := l.pushed(l.hosts["pacs"], d.ws1); err != nil {
		return err
	}
	if err := l.pushed(l.hosts["vna"], d.ws3); err != nil {
		return err
	}
	return l.leases(d.names)
}

// together runs the parts at the same time and waits for all.
func together(parts ...func() error) error {
	errs := make([]error, len(parts))
	done := make(chan struct{})
	for i, part := range parts {
		go func() {
			errs[i] = part()
			done <- struct{}{}
		}()
	}
	for range parts {
		<-done
	}
	return errors.Join(errs...)
}
