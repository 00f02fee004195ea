package main

// scenario is one scripted recording.
type scenario struct {
	name, about string
	offload     bool
	run         func(*Lab) error
}

func scenarios() []scenario {
	return []scenario{
		{name: "dicom-store", about: "six modalities store to an archive; one unknown called AE title, one abort, one verification", run: dicomStore},
	}
}

// dicomStore is images going into the archive, and the three ways an
// association can end.
func dicomStore(l *Lab) error {
	if err := l.build("router", "pacs", "ct1", "mr1", "dx1", "us1", "mg1", "xa1", "us2", "ws1"); err != nil {
		return err
	}
	pacs, err := l.startOrthanc(l.hosts["pacs"])
	if err != nil {
		return err
	}
	sets, err := l.makeDay(map[string]int{"ct1": 4, "mr1": 4, "dx1": 1, "us1": 1, "mg1": 1, "xa1": 1, "us2": 1})
	if err != nil {
		return err
	}
	if err := l.record(); err != nil {
		return err
	}
	if _, err := l.scu(call{from: l.hosts["ct1"], to: pacs, tool: "echoscu"}); err != nil {
		return err
	}
	for _, name := range []string{"ct1", "mr1", "dx1", "us1", "mg1", "xa1", "us2"} {
		if err := l.store(l.hosts[name], pacs, sets[name]); err != nil {
			return err
		}
	}
	return l.refusals(pacs, sets["mr1"])
}

// makeDay builds one series of n instances for each named modality, before
// the recording starts.
func (l *Lab) makeDay(counts map[string]int) (map[string][]string, error) {
	sets := map[string][]string{}
	for i, name := range castOrder() {
		n := counts[name]
		if n == 0 {
			continue
		}
		h := l.hosts[name]
		s := l.newStudy(h.equip.root, i)
		files, err := l.makeSeries(object{host: h, study: s, series: 1}, n)
		if err != nil {
			return nil, err
		}
		sets[name] = files
	}
	return sets, nil
}

// refusals shows a rejected and an aborted association.
func (l *Lab) refusals(pacs node, files []string) error {
	_, err := l.scu(call{from: l.hosts["mr1"], to: pacs, aec: "OLDPACS", tool: "storescu", args: []string{"-R"}, rest: files[:1], want: "rejected"})
	if err != nil {
		return err
	}
	_, err = l.scu(call{from: l.hosts["ws1"], to: pacs, tool: "echoscu", args: []string{"--abort"}, want: "aborted"})
	return err
}
