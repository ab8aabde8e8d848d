/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/* Roles and their privileges (DSP8011, the privilege registry). */
#ifndef FABMON_SVC_PRIVILEGE_H
#define FABMON_SVC_PRIVILEGE_H

enum svc_role { SVC_ADMINISTRATOR, SVC_OPERATOR, SVC_READ_ONLY, SVC_ROLES };

const char *svc_role_name(enum svc_role role);
int svc_role_parse(const char *name, enum svc_role *role);
unsigned int svc_role_may(enum svc_role role);
unsigned int svc_privilege_needed(const char *type, const char *method);

#endif /* FABMON_SVC_PRIVILEGE_H */
