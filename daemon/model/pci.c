// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* PCI functions, in order of their addresses. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "model.h"
#include "priv.h"
#include "util/error.h"

static size_t pci_index(const struct model *model, const char *addr)
{
	size_t low = 0, high = model->n_pcis, mid;

	while (low < high) {
		mid = low + (high - low) / 2;
		if (strcmp(model->pcis[mid]->addr, addr) < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

const struct model_pci *model_pci_get(const struct model *model,
				      const char *addr)
{
	size_t at = pci_index(model, addr);

	if (at == model->n_pcis || strcmp(model->pcis[at]->addr, addr))
		return NULL;
	return model->pcis[at];
}

struct model_pci *model_pci_put(struct model *model, const char *addr)
{
	size_t at = pci_index(model, addr);
	struct model_pci *pci, **pcis;

	if (at < model->n_pcis && !strcmp(model->pcis[at]->addr, addr))
		return model->pcis[at];
	if (!*addr || strlen(addr) >= sizeof(pci->addr)) {
		error_origin(-ENOMEM, "PCI function %s: its address", addr);
		return NULL;
	}
	pcis = reallocarray(model->pcis, model->n_pcis + 1, sizeof(*pcis));
	if (pcis)
		model->pcis = pcis;
	pci = pcis ? calloc(1, sizeof(*pci)) : NULL;
	if (!pci) {
		error_origin(-ENOMEM, "PCI function %s", addr);
		return NULL;
	}
	strcpy(pci->addr, addr);
	pci->numa_node = -1;
	pci->vf = -1;
	memmove(&pcis[at + 1], &pcis[at],
		(model->n_pcis - at) * sizeof(*pcis));
	pcis[at] = pci;
	model->n_pcis++;
	return pci;
}

void model_pcis_free(struct model *model)
{
	size_t i;

	for (i = 0; i < model->n_pcis; i++)
		free(model->pcis[i]);
	free(model->pcis);
}
