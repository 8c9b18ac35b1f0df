/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * place.c - making and freeing the values of place.h.
 */
#include "model/place.h"

#include "model/location.h"

G_DEFINE_FINAL_TYPE(N2Attribute, n2_attribute, G_TYPE_OBJECT)
G_DEFINE_FINAL_TYPE(N2Entry, n2_entry, G_TYPE_OBJECT)
G_DEFINE_FINAL_TYPE(N2Hop, n2_hop, G_TYPE_OBJECT)
G_DEFINE_FINAL_TYPE(N2Place, n2_place, G_TYPE_OBJECT)

static void
n2_attribute_finalize(GObject *object)
{
    N2Attribute *self = N2_ATTRIBUTE(object);

    g_free(self->name);
    g_free(self->value);
    G_OBJECT_CLASS(n2_attribute_parent_class)->finalize(object);
}

static void
n2_attribute_class_init(N2AttributeClass *klass)
{
    G_OBJECT_CLASS(klass)->finalize = n2_attribute_finalize;
}

static void
n2_attribute_init(N2Attribute *self)
{
    (void)self;
}

N2Attribute *
n2_attribute_new(const char *name, const char *value)
{
    N2Attribute *self = g_object_new(N2_TYPE_ATTRIBUTE, NULL);

    self->name = g_strdup(name);
    self->value = g_strdup(value);
    return self;
}

static void
n2_entry_finalize(GObject *object)
{
    N2Entry *self = N2_ENTRY(object);

    g_free(self->name);
    g_free(self->address);
    g_free(self->type);
    g_free(self->hash);
    g_object_unref(self->attributes);
    G_OBJECT_CLASS(n2_entry_parent_class)->finalize(object);
}

static void
n2_entry_class_init(N2EntryClass *klass)
{
    G_OBJECT_CLASS(klass)->finalize = n2_entry_finalize;
}

static void
n2_entry_init(N2Entry *self)
{
    self->attributes = g_list_store_new(N2_TYPE_ATTRIBUTE);
}

N2Entry *
n2_entry_new(void)
{
    return g_object_new(N2_TYPE_ENTRY, NULL);
}

static void
n2_hop_finalize(GObject *object)
{
    g_free(N2_HOP(object)->title);
    G_OBJECT_CLASS(n2_hop_parent_class)->finalize(object);
}

static void
n2_hop_class_init(N2HopClass *klass)
{
    G_OBJECT_CLASS(klass)->finalize = n2_hop_finalize;
}

static void
n2_hop_init(N2Hop *self)
{
    self->delay_us = -1;
}

N2Hop *
n2_hop_new(const char *title, N2HopState state, gint64 delay_us, gboolean is_end)
{
    N2Hop *self = g_object_new(N2_TYPE_HOP, NULL);

    self->title = g_strdup(title);
    self->state = state;
    self->delay_us = delay_us;
    self->is_end = is_end;
    return self;
}

static void
n2_place_finalize(GObject *object)
{
    N2Place *self = N2_PLACE(object);

    g_free(self->address);
    g_free(self->type);
    g_free(self->hash);
    g_free(self->site);
    g_free(self->holder);
    g_free(self->index);
    g_clear_object(&self->trust);
    g_object_unref(self->attributes);
    g_object_unref(self->entries);
    G_OBJECT_CLASS(n2_place_parent_class)->finalize(object);
}

static void
n2_place_class_init(N2PlaceClass *klass)
{
    G_OBJECT_CLASS(klass)->finalize = n2_place_finalize;
}

static void
n2_place_init(N2Place *self)
{
    self->n_switches = -1;
    self->ms = -1;
    self->attributes = g_list_store_new(N2_TYPE_ATTRIBUTE);
    self->entries = g_list_store_new(N2_TYPE_ENTRY);
}

N2Place *
n2_place_new(void)
{
    return g_object_new(N2_TYPE_PLACE, NULL);
}

char *
n2_place_dup_title(const N2Place *self)
{
    return n2_location_dup_title(self->address);
}
