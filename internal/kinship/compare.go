package kinship

// likeness is how two sketches compare.
type likeness struct {
	how        string
	similarity float64 // share of what tells something, 0 to 1
}

// The shares that make kin. A single run in each of two copies leaves at most two gaps;
// more gaps ask for more that agrees.
const (
	fewGaps    = 2
	someGaps   = 4
	halfShare  = 0.4  // of the heavier one, with few gaps
	mostShare  = 0.65 // with some gaps
	highShare  = 0.8  // with any number
	insideOf   = 0.85 // of the lighter one, with few gaps: a long run was put in or behind
	leastShare = 0.1  // of the heavier one, however much of the lighter one is inside
	leastTold  = 192  // weight that must agree at all
	restShare  = 0.6  // of what is not the heaviest gap, where a run outweighs a file of padding
	partOfAll  = 0.3  // bytes of the longer one, with that
	leastOfRun = 0.15 // of the heavier one, with that
	bulkShare  = 0.5  // of the sections, with the same imports
	bulkAlone  = 0.9  // of the sections, without imports
)

// aligner compares two sketches by the heaviest chain of equal chunks in order. Its
// table is used again and again.
type aligner struct {
	best [maxChunks + 1][maxChunks + 1]uint32
	a, b [maxChunks]chunk
}

// compare says whether two files are kin, and why: the same bytes, the same sections
// and imports, or the same bytes but for a run. The how is empty if they are not.
func (x *aligner) compare(a, b *Sketch) likeness {
	if a.sum == b.sum && a.given && b.given {
		return likeness{how: Same, similarity: 1}
	}
	run := x.run(a, b)
	if run.how != "" {
		return run
	}
	return sections(a, b)
}

// sections compares programs by their parts.
func sections(a, b *Sketch) likeness {
	if a.imports != b.imports || a.bulk == 0 || b.bulk == 0 {
		return likeness{}
	}
	var same uint32
	var used uint32 // bits of b's sections
	for _, p := range a.sections {
		for i, q := range b.sections {
			if p.hash == q.hash && used>>i&1 == 0 {
				used |= 1 << i
				same += p.bulk
				break
			}
		}
	}
	share := float64(same) / float64(max(a.bulk, b.bulk))
	if least := least(a.imports != 0); same < leastTold || share < least {
		return likeness{}
	}
	return likeness{how: Sections, similarity: share}
}

func least(imports bool) float64 {
	if imports {
		return bulkShare
	}
	return bulkAlone
}

// run compares contents, at the coarser of their two levels.
func (x *aligner) run(a, b *Sketch) likeness {
	level := max(a.level, b.level)
	as := x.a[:copy(x.a[:], a.chunks)]
	bs := x.b[:copy(x.b[:], b.chunks)]
	as = as[:coarsen(as, level)]
	bs = bs[:coarsen(bs, level)]
	for i := range as {
		for j := range bs {
			v := max(x.best[i][j+1], x.best[i+1][j])
			if as[i].hash == bs[j].hash && as[i].hash != 0 {
				v = max(v, x.best[i][j]+as[i].weight)
			}
			x.best[i+1][j+1] = v
		}
	}
	told := x.best[len(as)][len(bs)]
	if told < leastTold {
		return likeness{}
	}
	heavy, light := max(weigh(as), weigh(bs)), min(weigh(as), weigh(bs))
	share, inside := float64(told)/float64(heavy), float64(told)/float64(light)
	if a.holes || b.holes {
		share = inside // what was not seen says nothing
	}
	g := x.walk(as, bs)
	part := float64(g.same) / float64(max(length(as), length(bs), 1))
	rest := min(free(told, weigh(as), g.runA), free(told, weigh(bs), g.runB))
	switch {
	case share >= highShare:
	case share >= mostShare && g.gaps <= someGaps:
	case share >= halfShare && g.gaps <= fewGaps:
	case inside >= insideOf && share >= leastShare && g.gaps <= fewGaps:
	case rest >= restShare && part >= partOfAll && share >= leastOfRun && g.gaps <= fewGaps:
	default:
		return likeness{}
	}
	return likeness{how: Run, similarity: share}
}

// free is the share that agrees of what is not the one run that a copy may have for
// itself.
func free(told, weight, run uint32) float64 {
	return float64(told) / float64(max(weight-min(run, weight), told, 1))
}

func weigh(list []chunk) uint32 {
	var w uint32
	for _, c := range list {
		w += c.weight
	}
	return max(w, 1)
}

func length(list []chunk) uint64 {
	n := uint64(0)
	for _, c := range list {
		n += uint64(c.size)
	}
	return n
}

// alignment is what two lists of chunks have in common, and what not.
type alignment struct {
	gaps       int    // stretches that do not agree, but for those with a hole in them
	same       uint64 // bytes that agree
	runA, runB uint32 // weight of the heaviest stretch that does not agree
}

// walk goes back through the table from its end.
func (x *aligner) walk(as, bs []chunk) (g alignment) {
	i, j := len(as), len(bs)
	open, hole := false, false
	var runA, runB uint32
	for i > 0 || j > 0 {
		switch {
		case i > 0 && j > 0 && as[i-1].hash == bs[j-1].hash && as[i-1].hash != 0 && x.best[i][j] == x.best[i-1][j-1]+as[i-1].weight:
			if open && !hole {
				g.gaps++
			}
			i, j = i-1, j-1
			g.same += uint64(as[i].size)
			open, hole, runA, runB = false, false, 0, 0
		case i > 0 && (j == 0 || x.best[i-1][j] >= x.best[i][j-1]):
			i--
			runA += as[i].weight
			open, hole = true, hole || as[i].hash == 0
		default:
			j--
			runB += bs[j].weight
			open, hole = true, hole || bs[j].hash == 0
		}
		g.runA, g.runB = max(g.runA, runA), max(g.runB, runB)
	}
	if open && !hole {
		g.gaps++
	}
	return g
}
